import { RegisterTaskDefinitionRequest$ } from "@aws-sdk/client-ecs";
import { NormalizedSchema } from "@smithy/core/schema";

/** A parsed JSON or YAML object. */
export type Fields = { readonly [key: string]: unknown };

/**
 * What the API takes at one place of a task definition, read from the SDK's own model of RegisterTaskDefinition:
 * the SDK drops members it does not know, so this is also the list of what can arrive at all.
 */
export type Shape =
  | { readonly kind: "structure"; readonly name: string; readonly members: ReadonlyMap<string, Shape> }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "map"; readonly value: Shape }
  | { readonly kind: "string" | "number" | "boolean" | "document" };

/** The shape of a structure. */
export type StructureShape = Shape & { readonly kind: "structure" };

/** The shape of a whole RegisterTaskDefinition request. */
export const taskDefinitionShape = requestShape(RegisterTaskDefinitionRequest$);

/** The shape of any request of the SDK, from the schema that it is sent by. */
export function requestShape(schema: Parameters<typeof NormalizedSchema.of>[0]): StructureShape {
  return structure(NormalizedSchema.of(schema));
}

/** True for a parsed JSON or YAML object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function structure(schema: NormalizedSchema): StructureShape {
  const members = new Map<string, Shape>();
  for (const [name, member] of schema.structIterator()) members.set(name, shapeOf(member));
  return { kind: "structure", name: schema.getName() ?? "", members };
}

function shapeOf(schema: NormalizedSchema): Shape {
  if (schema.isStructSchema()) return structure(schema);
  if (schema.isListSchema()) return { kind: "list", item: shapeOf(schema.getValueSchema()) };
  if (schema.isMapSchema()) return { kind: "map", value: shapeOf(schema.getValueSchema()) };
  if (schema.isDocumentSchema()) return { kind: "document" };
  if (schema.isBooleanSchema()) return { kind: "boolean" };
  return { kind: schema.isNumericSchema() ? "number" : "string" };
}
