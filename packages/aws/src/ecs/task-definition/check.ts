import { closest } from "fastest-levenshtein";
import { isFields, type Shape } from "./schema.ts";

/**
 * Every place where a document does not fit the API: unknown keys with the nearest known one, and values of another
 * type than the API takes. Nulls count as absent.
 */
export function problemsOf(value: unknown, shape: Shape, path = ""): string[] {
  if (value === null || value === undefined) return [];
  switch (shape.kind) {
    case "structure":
      return isFields(value) ? structureProblems(value, shape, path) : [mismatch(path, value, "an object")];
    case "list":
      return Array.isArray(value)
        ? value.flatMap((item: unknown, index) => problemsOf(item, shape.item, `${path}[${index}]`))
        : [mismatch(path, value, "a list")];
    case "map":
      return isFields(value)
        ? Object.entries(value).flatMap(([key, item]) => problemsOf(item, shape.value, `${path}.${key}`))
        : [mismatch(path, value, "an object of texts")];
    case "string":
      return typeof value === "string" ? [] : [mismatch(path, value, "a text; put it in quotes")];
    default:
      return typeof value === shape.kind ? [] : [mismatch(path, value, `a ${shape.kind} without quotes`)];
  }
}

function structureProblems(
  fields: { readonly [key: string]: unknown },
  shape: Shape & { readonly kind: "structure" },
  path: string,
): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const member = shape.members.get(key);
    if (member) return problemsOf(value, member, place);
    return [
      `${place} is not known to Amazon ECS; the nearest key is ${closest(key, [...shape.members.keys()])}`,
    ];
  });
}

function mismatch(path: string, value: unknown, wanted: string): string {
  const found = Array.isArray(value) ? "a list" : isFields(value) ? "an object" : JSON.stringify(value);
  return `${path} is ${found}; it must be ${wanted}`;
}
