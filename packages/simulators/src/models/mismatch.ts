import { isJsonObject } from "../members.ts";
import type { ServiceModel, Shape } from "./service-model.ts";

/** One place where a value does not fit its shape. */
export interface Mismatch {
  readonly kind: "unknown-member" | "type" | "missing" | "constraint";
  /** Path from the root, for example `services[0].desiredCount`. */
  readonly path: string;
  readonly value: unknown;
  /** What the shape asks for, in the words of AWS's validation errors; the wanted type for kind `type`. */
  readonly constraint: string;
}

/** How the values came: as text (Query) or typed, with timestamps in wire form (requests) or as `Date` (answers). */
export interface ValueForm {
  readonly scalars: "text" | "typed";
  readonly timestamps: "wire" | "date";
}

interface Visit extends ValueForm {
  readonly model: ServiceModel;
}

type Mismatches = readonly Mismatch[];

const fits: Mismatches = [];

/** Lists every mismatch of `value` against the shape named `shape`. Null members count as absent. */
export function findMismatches(
  model: ServiceModel,
  shape: string,
  value: unknown,
  form: ValueForm,
): Mismatches {
  return visit({ model, ...form }, shape, value, "");
}

function visit(context: Visit, name: string, value: unknown, path: string): Mismatches {
  const shape = context.model.shapes[name];
  if (shape === undefined || shape.document) return fits;
  switch (shape.type) {
    case "structure":
      return structure(context, shape, value, path);
    case "list":
      return list(context, shape, value, path);
    case "map":
      return map(context, shape, value, path);
    case "string":
      return text(shape, value, path);
    case "integer":
    case "long":
    case "double":
    case "float":
      return number(context, shape, value, path);
    case "boolean":
      return boolean(context, value, path);
    case "timestamp":
      return timestamp(context, value, path);
    default:
      return fits;
  }
}

function structure(context: Visit, shape: Shape, value: unknown, path: string): Mismatches {
  if (isEmptyText(context, value)) return fits;
  if (!isJsonObject(value)) return mistyped(path, value, "Structure");
  const members = shape.members ?? {};
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const missing = (shape.required ?? [])
    .filter((name) => value[name] === undefined || value[name] === null)
    .map((name): Mismatch => {
      return { kind: "missing", path: at(name), value: null, constraint: "Member must not be null" };
    });
  const inside = Object.entries(value).flatMap(([name, member]): Mismatches => {
    if (member === undefined || member === null) return fits;
    const reference = Object.hasOwn(members, name) ? members[name] : undefined;
    if (reference) return visit(context, reference.shape, member, at(name));
    return [{ kind: "unknown-member", path: at(name), value: member, constraint: "Member is not known" }];
  });
  return [...missing, ...inside];
}

function list(context: Visit, shape: Shape, value: unknown, path: string): Mismatches {
  if (isEmptyText(context, value)) return fits;
  if (!Array.isArray(value)) return mistyped(path, value, "List");
  const items: readonly unknown[] = value;
  const member = shape.member;
  return [
    ...size(shape, items.length, "length", path, value),
    ...(member
      ? items.flatMap((item, index) => visit(context, member.shape, item, `${path}[${index}]`))
      : []),
  ];
}

function map(context: Visit, shape: Shape, value: unknown, path: string): Mismatches {
  if (isEmptyText(context, value)) return fits;
  if (!isJsonObject(value)) return mistyped(path, value, "Map");
  return Object.entries(value).flatMap(([key, member]) => [
    ...(shape.key ? visit(context, shape.key.shape, key, `${path}.${key}`) : []),
    ...(shape.value ? visit(context, shape.value.shape, member, `${path}.${key}`) : []),
  ]);
}

function text(shape: Shape, value: unknown, path: string): Mismatches {
  if (typeof value !== "string") return mistyped(path, value, "String");
  const wrongs = [...size(shape, value.length, "length", path, value)];
  if (shape.enum && !shape.enum.includes(value)) {
    wrongs.push(violated(path, value, `Member must satisfy enum value set: [${shape.enum.join(", ")}]`));
  }
  if (shape.pattern && !wholeMatch(shape.pattern, value)) {
    wrongs.push(violated(path, value, `Member must satisfy regular expression pattern: ${shape.pattern}`));
  }
  return wrongs;
}

function number(context: Visit, shape: Shape, value: unknown, path: string): Mismatches {
  const whole = shape.type === "integer" || shape.type === "long";
  const read = context.scalars === "text" && typeof value === "string" ? Number(value) : value;
  const right = typeof read === "number" && !Number.isNaN(read) && (!whole || Number.isInteger(read));
  return right
    ? size(shape, read, "value", path, value)
    : mistyped(path, value, whole ? "Integer" : "Double");
}

function boolean(context: Visit, value: unknown, path: string): Mismatches {
  const right =
    typeof value === "boolean" || (context.scalars === "text" && (value === "true" || value === "false"));
  return right ? fits : mistyped(path, value, "Boolean");
}

function timestamp(context: Visit, value: unknown, path: string): Mismatches {
  const right =
    context.timestamps === "date"
      ? value instanceof Date && !Number.isNaN(value.getTime())
      : context.scalars === "text"
        ? typeof value === "string" && !Number.isNaN(Date.parse(value))
        : typeof value === "number";
  return right ? fits : mistyped(path, value, "Timestamp");
}

/** Query writes empty lists and structures as a parameter without a value. */
function isEmptyText(context: Visit, value: unknown): boolean {
  return value === "" && context.scalars === "text";
}

function size(
  shape: Shape,
  measured: number,
  measure: "length" | "value",
  path: string,
  value: unknown,
): Mismatches {
  const wrongs: Mismatch[] = [];
  if (shape.min !== undefined && measured < shape.min) {
    wrongs.push(violated(path, value, `Member must have ${measure} greater than or equal to ${shape.min}`));
  }
  if (shape.max !== undefined && measured > shape.max) {
    wrongs.push(violated(path, value, `Member must have ${measure} less than or equal to ${shape.max}`));
  }
  return wrongs;
}

/** AWS matches patterns against the whole value. Patterns that only Java understands are let through. */
function wholeMatch(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "su").test(value);
  } catch {
    return true;
  }
}

function mistyped(path: string, value: unknown, wanted: string): Mismatches {
  return [{ kind: "type", path, value, constraint: wanted }];
}

function violated(path: string, value: unknown, constraint: string): Mismatch {
  return { kind: "constraint", path, value, constraint };
}
