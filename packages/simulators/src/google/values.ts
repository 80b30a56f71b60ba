import { isJsonObject } from "../members.ts";
import type { JsonObject } from "../service.ts";

/** A member that is a text, else undefined. An empty text counts as absent, as in proto3. */
export function text(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A member that is a number, else undefined. */
export function numeric(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === "number" ? value : undefined;
}

/** A member that is an object, else an empty one. */
export function object(holder: JsonObject, name: string): JsonObject {
  const value = holder[name];
  return isJsonObject(value) ? value : {};
}

/** The objects of a list member; an absent list is empty. */
export function objects(holder: JsonObject, name: string): readonly JsonObject[] {
  const value = holder[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The texts of a list member; an absent list is empty. */
export function texts(holder: JsonObject, name: string): readonly string[] {
  const value = holder[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** RFC 3339 as Google writes it: `google-datetime`, with microseconds and `Z`. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}

/** Milliseconds of a `google-duration` such as `3.5s`; undefined for anything else. */
export function durationMilliseconds(value: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d{1,9})?)s$/.exec(value ?? "");
  return match ? Number(match[1]) * 1000 : undefined;
}
