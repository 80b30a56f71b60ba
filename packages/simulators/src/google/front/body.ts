import { isJsonObject } from "../../members.ts";
import type { JsonObject } from "../../service.ts";
import { header, type WireAnswer, type WireRequest } from "../../wire/codec.ts";
import { GoogleFault } from "../status.ts";

/**
 * Reads a request's body: JSON, or a form whose `snake_case` names OAuth clients use. Throws INVALID_ARGUMENT for
 * anything else. No body reads as an empty message.
 */
export function readBody(request: WireRequest): JsonObject {
  if (request.body.length === 0) return {};
  const content = request.body.toString("utf8");
  if (header(request, "content-type")?.startsWith("application/x-www-form-urlencoded")) {
    const pairs = [...new URLSearchParams(content)];
    return Object.fromEntries(pairs.map(([name, value]) => [camelCase(name), value]));
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new GoogleFault(
      "INVALID_ARGUMENT",
      `Invalid JSON payload received. Parser error.\n${content.slice(0, 60)}\n^`,
    );
  }
  if (isJsonObject(value)) return value;
  throw new GoogleFault("INVALID_ARGUMENT", "Invalid JSON payload received. Root element must be a message.");
}

export function answerJson(
  status: number,
  value: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  return {
    status,
    headers: { "content-type": "application/json; charset=UTF-8", ...headers },
    body: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`),
  };
}

/** What Google's front end answers to a path no API has: a page, not an error object. */
export function notFound(path: string): WireAnswer {
  return {
    status: 404,
    headers: { "content-type": "text/html; charset=UTF-8" },
    body: Buffer.from(
      `<!DOCTYPE html><title>Error 404 (Not Found)!!1</title><p>The requested URL <code>${path.replace(/[<>&]/g, "")}</code> was not found on this server.\n`,
    ),
  };
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
