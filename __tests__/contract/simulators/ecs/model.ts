import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Checks answers against the official model of Amazon ECS when it lies beside the repository; otherwise checks nothing. */

interface Shape {
  readonly type: string;
  readonly members?: Record<string, { readonly shape: string }>;
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
}
interface Model {
  readonly operations: Record<string, { readonly output?: { readonly shape: string } }>;
  readonly shapes: Record<string, Shape>;
}

const path = fileURLToPath(
  new URL("../../../../../shared/api-models/aws-models/botocore/ecs/service-2.json", import.meta.url),
);
export const model: Model | undefined = existsSync(path)
  ? (JSON.parse(readFileSync(path, "utf8")) as Model)
  : undefined;

const scalars: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  long: Number.isInteger,
  double: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  timestamp: (value) => value instanceof Date,
};

/** Stages that the prose of the API reference names but its own enumeration lacks. */
const documentedBeyondTheModel = ["PRE_PRODUCTION_TRAFFIC_SHIFT"];

function problems(types: Model, shapeName: string, value: unknown, where: string): string[] {
  const shape = types.shapes[shapeName];
  if (!shape) return [`${where}: no shape ${shapeName}`];
  if (shape.type === "structure") {
    if (typeof value !== "object" || value === null) return [`${where}: not an object`];
    return Object.entries(value).flatMap(([key, inner]) => {
      const member = shape.members?.[key];
      if (!member) return [`${where}.${key}: unknown member of ${shapeName}`];
      return problems(types, member.shape, inner, `${where}.${key}`);
    });
  }
  if (shape.type === "list") {
    if (!Array.isArray(value)) return [`${where}: not a list`];
    return value.flatMap((entry, index) =>
      problems(types, shape.member?.shape ?? "", entry, `${where}[${index}]`),
    );
  }
  if (shape.type === "map") return [];
  if (!scalars[shape.type]?.(value)) return [`${where}: ${String(value)} is not a ${shape.type}`];
  const known = shape.enum === undefined || shape.enum.includes(String(value));
  return known || documentedBeyondTheModel.includes(String(value))
    ? []
    : [`${where}: ${String(value)} is not one of ${shapeName}`];
}

/** @throws Error naming every member of the answer that does not fit the action's output shape */
export function checkAnswer(action: string, answer: unknown): void {
  const output = model?.operations[action]?.output?.shape;
  if (!model || !output) return;
  const found = problems(model, output, answer, action);
  if (found.length > 0) throw new Error(`The answer does not fit the official model:\n${found.join("\n")}`);
}
