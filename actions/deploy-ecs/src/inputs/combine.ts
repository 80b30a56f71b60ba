import type { ReportProblem } from "#ship/kit";
import { isJsonFields, type JsonFields } from "./readers.ts";

/** Members that one input asks for. */
export type Asked = readonly [input: string, fields: JsonFields];

/** Lays the members of several inputs together. Two inputs that ask for different values of one member contradict each other. */
export function combine(parts: readonly Asked[], problem: ReportProblem): JsonFields {
  const origins = new Map<string, string>();
  return parts.reduce<JsonFields>((known, [input, fields]) => {
    return laidOver(
      known,
      fields,
      "",
      (path, before, after) => {
        const other = origins.get(path) ?? originBelow(origins, path);
        problem(
          input,
          `it sets ${path} to ${JSON.stringify(after)}, but \`${other}\` sets it to ${JSON.stringify(before)}; give one of them`,
        );
      },
      (path) => origins.set(path, input),
    );
  }, {});
}

function originBelow(origins: ReadonlyMap<string, string>, path: string): string {
  return (
    [...origins].find(([known]) => known.startsWith(`${path}.`) || path.startsWith(`${known}.`))?.[1] ??
    "another input"
  );
}

function laidOver(
  known: JsonFields,
  fields: JsonFields,
  path: string,
  contradicts: (path: string, before: unknown, after: unknown) => void,
  taken: (path: string) => void,
): JsonFields {
  const result: Record<string, unknown> = { ...known };
  for (const [key, value] of Object.entries(fields)) {
    const place = path === "" ? key : `${path}.${key}`;
    const before = result[key];
    if (isJsonFields(before) && isJsonFields(value)) {
      result[key] = laidOver(before, value, place, contradicts, taken);
    } else {
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(value))
        contradicts(place, before, value);
      result[key] = value;
      taken(place);
    }
  }
  return result;
}
