import type { JsonObject } from "./service.ts";

/**
 * Reads the members of a decoded API input. Query sends every scalar as text and CBOR sends real dates,
 * so each reader accepts all the forms a protocol may have used.
 */
export interface MemberReader {
  text(input: JsonObject, name: string): string | undefined;
  requiredText(input: JsonObject, name: string): string;
  number(input: JsonObject, name: string): number | undefined;
  requiredNumber(input: JsonObject, name: string): number;
  /** A whole number within `minimum`..`maximum`, both inclusive. */
  whole(input: JsonObject, name: string, minimum: number, maximum: number): number | undefined;
  flag(input: JsonObject, name: string): boolean | undefined;
  object(input: JsonObject, name: string): JsonObject | undefined;
  /** Absent lists read as empty. */
  texts(input: JsonObject, name: string): readonly string[];
  numbers(input: JsonObject, name: string): readonly number[];
  objects(input: JsonObject, name: string): readonly JsonObject[];
  /** Milliseconds since the epoch, from a Date, epoch seconds or an ISO 8601 text. */
  instant(input: JsonObject, name: string): number | undefined;
}

/** True for a plain JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Creates a reader whose complaints are what `reject` makes of a message. */
export function memberReader(reject: (message: string) => Error): MemberReader {
  const wrong = (name: string, value: unknown, wanted: string) =>
    reject(
      `Value '${typeof value === "object" ? JSON.stringify(value) : String(value)}' of ${name} is not ${wanted}.`,
    );
  const missing = (name: string) => reject(`The parameter ${name} is required.`);

  const toText = (value: unknown, name: string): string => {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
      return String(value);
    throw wrong(name, value, "a text");
  };
  const toNumber = (value: unknown, name: string): number => {
    const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
    if (typeof value === "object" || typeof value === "boolean" || !Number.isFinite(number)) {
      throw wrong(name, value, "a number");
    }
    return number;
  };
  const toObject = (value: unknown, name: string): JsonObject => {
    if (isJsonObject(value)) return value;
    throw wrong(name, value, "a structure");
  };
  const optional = <T>(input: JsonObject, name: string, convert: (value: unknown, name: string) => T) => {
    const value = input[name];
    return value === undefined || value === null ? undefined : convert(value, name);
  };
  const list = <T>(
    input: JsonObject,
    name: string,
    convert: (value: unknown, name: string) => T,
  ): readonly T[] => {
    const value = input[name];
    if (value === undefined || value === null || value === "") return [];
    if (!Array.isArray(value)) throw wrong(name, value, "a list");
    return value.map((item: unknown, index) => convert(item, `${name}.${index + 1}`));
  };
  const toFlag = (value: unknown, name: string): boolean => {
    if (typeof value === "boolean") return value;
    if (value === "true") return true;
    if (value === "false") return false;
    throw wrong(name, value, "true or false");
  };
  const toInstant = (value: unknown, name: string): number => {
    if (value instanceof Date) return value.getTime();
    if (typeof value === "number") return value * 1000;
    if (typeof value === "string") {
      const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
      if (Number.isFinite(parsed)) return parsed;
    }
    throw wrong(name, value, "a timestamp");
  };

  const reader: MemberReader = {
    text: (input, name) => optional(input, name, toText),
    requiredText(input, name) {
      const value = reader.text(input, name);
      if (value === undefined || value === "") throw missing(name);
      return value;
    },
    number: (input, name) => optional(input, name, toNumber),
    requiredNumber(input, name) {
      const value = reader.number(input, name);
      if (value === undefined) throw missing(name);
      return value;
    },
    whole(input, name, minimum, maximum) {
      const value = reader.number(input, name);
      if (value === undefined) return undefined;
      if (!Number.isInteger(value) || value < minimum || value > maximum) {
        throw wrong(name, value, `a whole number from ${minimum} to ${maximum}`);
      }
      return value;
    },
    flag: (input, name) => optional(input, name, toFlag),
    object: (input, name) => optional(input, name, toObject),
    texts: (input, name) => list(input, name, toText),
    numbers: (input, name) => list(input, name, toNumber),
    objects: (input, name) => list(input, name, toObject),
    instant: (input, name) => optional(input, name, toInstant),
  };
  return reader;
}
