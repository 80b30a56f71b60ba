import { isJsonObject } from "../../members.ts";
import type { JsonObject } from "../../service.ts";
import { invalid } from "../status.ts";

const comparison = /([\w.]+|labels\."[^"]+")\s*(>=|<=|!=|=|>|<|:)\s*("(?:[^"\\]|\\.)*"|[\w.:%/-]+)/y;

/**
 * A filter of log entries as a test: comparisons joined by AND or newlines, which is what reading a revision's lines
 * takes. Throws INVALID_ARGUMENT for anything more of the Logging query language.
 */
export function logFilter(source: string): (entry: JsonObject) => boolean {
  const tests: ((entry: JsonObject) => boolean)[] = [];
  let rest = 0;
  const skip = /(\s|AND\b)*/y;
  while (true) {
    skip.lastIndex = rest;
    skip.exec(source);
    rest = skip.lastIndex;
    if (rest >= source.length) break;
    comparison.lastIndex = rest;
    const match = comparison.exec(source);
    if (!match)
      throw invalid(
        "filter",
        `Unparseable filter: syntax error at column ${rest + 1}, token '${source.slice(rest, rest + 12)}'`,
      );
    const [, field = "", operator = "", quoted = ""] = match;
    const wanted = quoted.startsWith('"') ? quoted.slice(1, -1).replace(/\\(.)/g, "$1") : quoted;
    tests.push((entry) => holds(valueAt(entry, field), operator, wanted));
    rest = comparison.lastIndex;
  }
  return (entry) => tests.every((test) => test(entry));
}

const severities = [
  "DEFAULT",
  "DEBUG",
  "INFO",
  "NOTICE",
  "WARNING",
  "ERROR",
  "CRITICAL",
  "ALERT",
  "EMERGENCY",
];

function holds(value: string | undefined, operator: string, wanted: string): boolean {
  if (value === undefined) return operator === "!=";
  const [left, right] = severities.includes(wanted)
    ? [severities.indexOf(value), severities.indexOf(wanted)]
    : [value, wanted];
  switch (operator) {
    case "=":
      return value === wanted;
    case "!=":
      return value !== wanted;
    case ":":
      return value.toLowerCase().includes(wanted.toLowerCase());
    case ">=":
      return left >= right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left < right;
  }
}

/** The text at a dotted path; the last part may be quoted. */
function valueAt(entry: JsonObject, path: string): string | undefined {
  const parts = [...path.matchAll(/"([^"]+)"|([^."]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  let at: unknown = entry;
  for (const part of parts) at = isJsonObject(at) ? at[part] : undefined;
  return typeof at === "string" ? at : undefined;
}
