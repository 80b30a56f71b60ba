import { messageOf } from "../errors.ts";
import { InputProblem, type Reader } from "./reader.ts";

function items<T>(parts: readonly string[], item: Reader<T>): T[] {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      try {
        return item.read(part);
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        throw new InputProblem(`the item "${part}" does not fit${error.message && `: ${error.message}`}`);
      }
    });
}

/**
 * Items separated by commas or line ends, trimmed; empty ones are dropped. A JSON array of texts, as `toJSON` makes it, is
 * understood.
 */
export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return {
    accepts: `a list, separated by commas or lines, of ${item.accepts}`,
    read: (raw) => items(textsIn(raw) ?? raw.split(/[,\n]/), item),
  };
}

function textsIn(raw: string): readonly string[] | undefined {
  if (!raw.trimStart().startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(raw);
    return Array.isArray(parsed) && parsed.every((part) => typeof part === "string") ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** One item a line, trimmed; empty lines and lines that begin with `#` are dropped. */
export function lines<T>(item: Reader<T>): Reader<readonly T[]> {
  return {
    accepts: `lines, each ${item.accepts}`,
    read: (raw) =>
      items(
        raw.split(/\r?\n/).filter((line) => !line.trimStart().startsWith("#")),
        item,
      ),
  };
}

/**
 * `key=value` lines, split at the first `=`; blank lines and comment lines are dropped. Values are kept as they are but for
 * blanks at the end of a line, which nobody sees: the runner drops those of the last line in any case.
 */
export function keyValues(): Reader<Readonly<Record<string, string>>> {
  return {
    accepts: "lines of key=value",
    read(raw) {
      const pairs: [string, string][] = [];
      for (const line of raw.split(/\r?\n/)) {
        if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
        const split = line.indexOf("=");
        const key = line.slice(0, split).trim();
        if (split < 0 || key === "") throw new InputProblem(`the line "${line.trim()}" has no key=value`);
        if (pairs.some(([known]) => known === key)) throw new InputProblem(`the key "${key}" stands twice`);
        pairs.push([key, line.slice(split + 1).trimEnd()]);
      }
      return Object.fromEntries(pairs);
    },
  };
}

/**
 * A JSON document, handed to `parse` as `unknown`.
 * `parse` throws an Error whose message names the path and what is accepted there.
 */
export function json<T>(parse: (document: unknown) => T, accepts = "a JSON document"): Reader<T> {
  return {
    accepts,
    read(raw) {
      try {
        return parse(JSON.parse(raw));
      } catch (error) {
        throw new InputProblem(messageOf(error));
      }
    },
  };
}
