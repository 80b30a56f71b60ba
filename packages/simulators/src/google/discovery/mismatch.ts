import { isJsonObject } from "../../members.ts";
import type { DiscoveryDocument, DiscoverySchema } from "./document.ts";

/** One place where a value does not fit its schema. */
export interface Mismatch {
  readonly kind: "unknown-field" | "value";
  /** Path of the holder (`unknown-field`) or of the value, for example `service.template`. */
  readonly path: string;
  readonly name: string;
  readonly value: unknown;
  /** What is wanted, as Google's parser names it: `TYPE_INT32`, or the type an enum has. */
  readonly wanted: string;
}

const integers: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
};
const datetime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const duration = /^-?\d+(\.\d{1,9})?s$/;

/** Lists every mismatch of `value` against the schema named `schema`. Null members count as absent. */
export function findMismatches(
  document: DiscoveryDocument,
  schema: string,
  value: unknown,
  path: string,
): readonly Mismatch[] {
  return visit(document, { $ref: schema }, value, path, "");
}

/** Lists the mismatches of one value against a schema given in place. */
export function visit(
  document: DiscoveryDocument,
  schema: DiscoverySchema,
  value: unknown,
  path: string,
  name: string,
): readonly Mismatch[] {
  if (value === undefined || value === null) return [];
  if (schema.$ref !== undefined) {
    const referred = document.schemas[schema.$ref];
    return referred ? visit(document, referred, value, path, name) : [];
  }
  const wrong = (wanted: string): readonly Mismatch[] => [{ kind: "value", path, name, value, wanted }];
  switch (schema.type) {
    case "object":
      return isJsonObject(value) ? members(document, schema, value, path) : wrong("TYPE_MESSAGE");
    case "array": {
      const { items } = schema;
      if (!Array.isArray(value)) return wrong("TYPE_MESSAGE");
      return items
        ? value.flatMap((item, index) => visit(document, items, item, `${path}[${index}]`, name))
        : [];
    }
    case "boolean":
      return typeof value === "boolean" ? [] : wrong("TYPE_BOOL");
    case "integer": {
      const [least, most] = integers[schema.format ?? "int32"] ?? [-Infinity, Infinity];
      const fits = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
      return fits ? [] : wrong(schema.format === "uint32" ? "TYPE_UINT32" : "TYPE_INT32");
    }
    case "number":
      return typeof value === "number" ? [] : wrong("TYPE_DOUBLE");
    case "string":
      return string(schema, value, wrong);
    default:
      return [];
  }
}

function members(
  document: DiscoveryDocument,
  schema: DiscoverySchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly Mismatch[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    const inside = property ?? schema.additionalProperties;
    if (inside) return visit(document, inside, member, at, name);
    return [{ kind: "unknown-field" as const, path, name, value: member, wanted: "" }];
  });
}

function string(
  schema: DiscoverySchema,
  value: unknown,
  wrong: (wanted: string) => readonly Mismatch[],
): readonly Mismatch[] {
  if (schema.format === "int64" || schema.format === "uint64") {
    const fits = typeof value === "string" ? /^-?\d{1,19}$/.test(value) : Number.isSafeInteger(value);
    return fits ? [] : wrong(`TYPE_${schema.format.toUpperCase()}`);
  }
  if (typeof value !== "string") return wrong(schema.enum ? "TYPE_ENUM" : "TYPE_STRING");
  if (schema.enum && !schema.enum.includes(value)) return wrong("TYPE_ENUM");
  if (schema.format === "google-datetime" && !datetime.test(value)) {
    return wrong("type.googleapis.com/google.protobuf.Timestamp");
  }
  if (schema.format === "google-duration" && !duration.test(value)) {
    return wrong("type.googleapis.com/google.protobuf.Duration");
  }
  return [];
}
