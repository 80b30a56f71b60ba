import type { InputDefinition } from "../files/workflow-model.ts";
import { evaluate, type Scope } from "../language/expressions.ts";
import { asText, type Value, type ValueMapping } from "../language/value.ts";

/** Typed inputs, or everything that is wrong with what was given. */
export type ReadInputs =
  | { readonly ok: true; readonly values: ValueMapping }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Inputs of `workflow_dispatch`, as the button or the API send them (texts), typed by their definitions.
 * `scope` evaluates defaults.
 */
export function readDispatchInputs(
  definitions: readonly InputDefinition[],
  given: Readonly<Record<string, string | boolean | number>>,
  scope: Scope,
): ReadInputs {
  return read(definitions, given, scope, (definition, value) => {
    const text = asText(value);
    if (definition.type === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
    if (definition.type === "number")
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    if (definition.type === "choice" && !definition.options.includes(text)) return undefined;
    return text;
  });
}

/** Inputs of `workflow_call`: a boolean or number must already be one; a text may be any scalar. */
export function readCallInputs(
  definitions: readonly InputDefinition[],
  given: ValueMapping,
  scope: Scope,
): ReadInputs {
  return read(definitions, given, scope, (definition, value) => {
    if (definition.type === "boolean") return typeof value === "boolean" ? value : undefined;
    if (definition.type === "number") return typeof value === "number" ? value : undefined;
    return value === null || typeof value === "object" ? undefined : asText(value);
  });
}

function read(
  definitions: readonly InputDefinition[],
  given: ValueMapping,
  scope: Scope,
  convert: (definition: InputDefinition, value: Value) => Value | undefined,
): ReadInputs {
  const problems: string[] = [];
  const names = definitions.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      problems.push(`unknown input '${name}'. Declared: ${names.join(", ") || "none"}`);
  }
  const values: Record<string, Value> = {};
  for (const definition of definitions) {
    const { name, type, required, fallback } = definition;
    const value = given[name] ?? (fallback ? evaluate(fallback, scope) : undefined);
    if (value === undefined) {
      if (required) problems.push(`input '${name}' is required and was not given`);
      values[name] = emptyOf(type);
      continue;
    }
    const converted = convert(definition, value);
    if (converted === undefined)
      problems.push(`input '${name}' is '${asText(value)}'; accepted: ${accepted(definition)}`);
    values[name] = converted ?? null;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values };
}

function emptyOf(type: InputDefinition["type"]): Value {
  if (type === "boolean") return false;
  return type === "number" ? 0 : "";
}

function accepted({ type, options }: InputDefinition): string {
  if (type === "choice") return options.join(", ");
  return type === "boolean" ? "true or false" : `a ${type === "number" ? "number" : "text"}`;
}
