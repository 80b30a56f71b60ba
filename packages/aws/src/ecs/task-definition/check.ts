import { closest } from "fastest-levenshtein";
import { isFields, type Shape } from "./schema.ts";

/**
 * Every place where a document does not fit the API: unknown keys with the nearest known one, and values of another
 * type than the API takes. Nulls count as absent. The keys of free-form maps (labels, log options) are the user's own.
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
    case "document":
      return [];
    case "string":
      return typeof value === "string" ? [] : [mismatch(path, value, "a text; put it in quotes")];
    case "boolean":
      return typeof value === "boolean"
        ? []
        : [mismatch(path, value, "a boolean, true or false without quotes")];
    case "number":
      if (typeof value !== "number") return [mismatch(path, value, "a number without quotes")];
      return Number.isSafeInteger(value) || fractional.test(path)
        ? []
        : [mismatch(path, value, "a whole number")];
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
    return [`${place} is not known to Amazon ECS; the nearest key is ${nearest(key, shape)}`];
  });
}

/** The numbers that are no whole ones (API reference: LinearConfiguration, CanaryConfiguration). */
const fractional = /\.(stepPercent|canaryPercent)$/;

/** The same word in another case is nearer than any other, however many letters it takes, and then one that was cut short. */
function nearest(key: string, shape: Shape & { readonly kind: "structure" }): string {
  const known = [...shape.members.keys()];
  const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return (
    known.find((candidate) => plain(candidate) === plain(key)) ??
    known.find((candidate) => plain(candidate).startsWith(plain(key))) ??
    closest(key, known)
  );
}

const longestShown = 60;

function mismatch(path: string, value: unknown, wanted: string): string {
  return `${path} is ${found(value)}; it must be ${wanted}`;
}

function found(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isFields(value)) return "an object";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  const shown = JSON.stringify(value);
  return shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown;
}
