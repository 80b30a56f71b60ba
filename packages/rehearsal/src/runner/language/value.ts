import { data } from "@actions/expressions";

/** A value as expressions see it: JSON. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** A mapping of values. */
export type ValueMapping = { readonly [key: string]: Value };

export function isSequence(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMapping(value: Value): value is ValueMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of a mapping; none of anything else. */
export function members(value: Value | undefined): ValueMapping {
  return value !== undefined && isMapping(value) ? value : {};
}

/** Turns a value into GitHub's own representation. */
export function toData(value: Value): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (isSequence(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, item]) => ({ key, value: toData(item) })));
}

/** The reverse of {@link toData}. */
export function fromData(value: data.ExpressionData): Value {
  if (value instanceof data.StringData || value instanceof data.NumberData) return value.value;
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.Array) return value.values().map(fromData);
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value)]));
  }
  return null;
}

/** The text GitHub makes of a value: `null` is empty, a mapping is `Object`, a sequence `Array`. */
export function asText(value: Value): string {
  return toData(value).coerceString();
}

/** Text of every member of a mapping; members of a null or non-mapping value are none. */
export function asTexts(value: Value): Record<string, string> {
  if (!isMapping(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]));
}

/** Takes parsed JSON in; what JSON cannot hold becomes null. */
export function toValue(input: unknown): Value {
  if (typeof input === "string" || typeof input === "number" || typeof input === "boolean") return input;
  if (Array.isArray(input)) return input.map(toValue);
  if (typeof input === "object" && input !== null) {
    return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, toValue(item)]));
  }
  return null;
}
