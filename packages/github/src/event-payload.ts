import { readFileSync } from "node:fs";

/** The JSON document of an event, read by path without trusting its shape. */
export interface EventPayload {
  /** The text at a path; `undefined` when there is none or it is empty. */
  text(...path: readonly string[]): string | undefined;
  at(...path: readonly string[]): unknown;
}

/** Reads the file at GITHUB_EVENT_PATH; one that is missing or no JSON says nothing. */
export function readEventPayload(file: string | undefined): EventPayload {
  return payloadOf(file === undefined ? undefined : parseFile(file));
}

/** Wraps a parsed document. */
export function payloadOf(document: unknown): EventPayload {
  const at = (...path: readonly string[]) => path.reduce(member, document);
  return {
    at,
    text(...path) {
      const value = at(...path);
      return typeof value === "string" && value !== "" ? value : undefined;
    },
  };
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
