import { type JsonObject, ServiceFault } from "../service.ts";

/** Readers of a decoded request. `null` means absent, as in the real API; a wrong type is an InvalidParameterException. */

function mistyped(key: string, expected: string, value: unknown): never {
  throw new ServiceFault(
    "InvalidParameterException",
    `Invalid parameter: ${key} must be ${expected}, got ${typeof value}.`,
  );
}

export function text(input: JsonObject, key: string): string | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : mistyped(key, "a string", value);
}

/** A string the API declares required; an empty one counts as missing. */
export function requiredText(input: JsonObject, key: string): string {
  const value = text(input, key);
  if (value) return value;
  throw new ServiceFault("InvalidParameterException", `${key} cannot be empty.`);
}

export function numeric(input: JsonObject, key: string): number | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? value : mistyped(key, "a number", value);
}

export function flag(input: JsonObject, key: string): boolean | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "boolean" ? value : mistyped(key, "a boolean", value);
}

/** A point in time: AWS JSON sends seconds since the epoch; a decoded front may hand a Date. Answers milliseconds. */
export function instant(input: JsonObject, key: string): number | undefined {
  const value = input[key];
  if (value instanceof Date) return value.getTime();
  const seconds = numeric(input, key);
  return seconds === undefined ? undefined : seconds * 1_000;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function object(input: JsonObject, key: string): JsonObject | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  return isObject(value) ? value : mistyped(key, "an object", value);
}

/** A list of objects; absent stays absent, because `[]` often means "remove". */
export function objects(input: JsonObject, key: string): JsonObject[] | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return mistyped(key, "a list", value);
  return value.map((entry: unknown) => (isObject(entry) ? entry : mistyped(key, "a list of objects", entry)));
}

export function texts(input: JsonObject, key: string): string[] | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return mistyped(key, "a list", value);
  return value.map((entry: unknown) =>
    typeof entry === "string" ? entry : mistyped(key, "a list of strings", entry),
  );
}

/** `name`/`value` pairs (or any other two member names) as a record. */
export function pairs(
  list: readonly JsonObject[] | undefined,
  name = "name",
  value = "value",
): Record<string, string> {
  return Object.fromEntries((list ?? []).map((entry) => [text(entry, name) ?? "", text(entry, value) ?? ""]));
}

/** The object without members that are undefined: what the wire carries. */
export function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Epoch milliseconds as the Date an answer holds. */
export function date(at: number | undefined): Date | undefined {
  return at === undefined ? undefined : new Date(at);
}
