import { type Fields, isFields } from "./schema.ts";

/** The container definitions of a body that has been checked. */
export function containersOf(body: Fields): readonly Fields[] {
  return listOf(body, "containerDefinitions");
}

/** A member that is a text, or the empty text. */
export function textOf(fields: Fields, member: string): string {
  const value = fields[member];
  return typeof value === "string" ? value : "";
}

/** A member that is a list of objects, or an empty list. */
export function listOf(fields: Fields, member: string): readonly Fields[] {
  const value = fields[member];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** A member that is an object, or an empty one. */
export function fieldsOf(fields: Fields, member: string): Fields {
  const value = fields[member];
  return isFields(value) ? value : {};
}

/** The same object without the members that are `undefined`. */
export function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
