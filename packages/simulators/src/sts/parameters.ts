import { type JsonObject, ServiceFault } from "../service.ts";

/** STS's error for a parameter out of bounds. */
export function validationError(name: string, value: unknown, constraint: string): ServiceFault {
  const shown = value === undefined ? "null" : `'${value}'`;
  return new ServiceFault(
    "ValidationError",
    `1 validation error detected: Value ${shown} at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Reads a required text parameter. */
export function requiredText(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === "string" && value !== "") return value;
  throw validationError(name, undefined, "Member must not be null");
}

/** Reads RoleSessionName: 2 to 64 characters of `\w+=,.@-`. */
export function sessionName(input: JsonObject): string {
  const name = requiredText(input, "RoleSessionName");
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return name;
  throw validationError(
    "RoleSessionName",
    name,
    "Member must satisfy regular expression pattern: [\\w+=,.@-]*, with length between 2 and 64",
  );
}

/** Reads DurationSeconds, 900 up to the role's own limit; 3600 when absent. */
export function durationSeconds(input: JsonObject, limit: { seconds: number; message: string }): number {
  const value = input["DurationSeconds"];
  if (value === undefined) return Math.min(3600, limit.seconds);
  const seconds = Number(value);
  if (!Number.isInteger(seconds)) throw validationError("DurationSeconds", value, "Member must be a number");
  if (seconds < 900) {
    throw validationError("DurationSeconds", value, "Member must have value greater than or equal to 900");
  }
  if (seconds > limit.seconds) throw new ServiceFault("ValidationError", limit.message);
  return seconds;
}
