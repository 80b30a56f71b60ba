import { data, Evaluator } from "@actions/expressions";
import { truthy } from "@actions/expressions/result";
import { type Position, place } from "./problems.ts";
import type { Condition, Expression, Template } from "./templates.ts";
import { asText, fromData, isMapping, toData, type Value } from "./value.ts";

/** What an expression sees when it is evaluated. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Value>>;
  readonly functions: Readonly<Record<string, (...parameters: readonly string[]) => Value>>;
}

/** An expression that parsed and could not be evaluated, for example `fromJSON` of what is not JSON. */
export class ExpressionFailure extends Error {
  constructor(at: Position, source: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${place(at)}: the expression '${source}' cannot be evaluated: ${reason}`, { cause });
    this.name = "ExpressionFailure";
  }
}

const contextNames = [
  "github",
  "inputs",
  "vars",
  "secrets",
  "needs",
  "strategy",
  "matrix",
  "steps",
  "job",
  "jobs",
  "runner",
  "env",
];

/** The value of a template. A lone expression keeps its type; mixed with text it becomes text. */
export function evaluate(template: Template, scope: Scope): Value {
  switch (template.kind) {
    case "literal":
      return template.value;
    case "expression":
      return evaluateExpression(template.expression, template.at, scope);
    case "text":
      return template.parts
        .map((part) =>
          typeof part === "string" ? part : asText(evaluateExpression(part, template.at, scope)),
        )
        .join("");
    case "sequence":
      return template.items.map((item) => evaluate(item, scope));
    case "mapping":
      return Object.fromEntries(template.entries.map(({ key, value }) => [key, evaluate(value, scope)]));
  }
}

/** The text of a template; undefined for none. */
export function evaluateText(template: Template | undefined, scope: Scope): string | undefined {
  return template ? asText(evaluate(template, scope)) : undefined;
}

/** The members of a template as texts, for `env` and `with`. */
export function evaluateTexts(template: Template | undefined, scope: Scope): Record<string, string> {
  const value = template ? evaluate(template, scope) : null;
  if (!isMapping(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]));
}

/** Whether an `if` holds. Without one, or without a status function in it, success() is implied. */
export function holds(condition: Condition | undefined, scope: Scope): boolean {
  const succeeded = () => scope.functions["success"]?.() === true;
  if (!condition) return succeeded();
  if (!condition.asksStatus && !succeeded()) return false;
  return truthy(toData(evaluate(condition.template, scope)));
}

function evaluateExpression(expression: Expression, at: Position, scope: Scope): Value {
  const contexts = new data.Dictionary(
    ...contextNames.map((key) => ({ key, value: toData(scope.contexts[key] ?? null) })),
  );
  const functions = new Map(
    Object.entries(scope.functions).map(([name, call]) => [
      name.toLowerCase(),
      {
        name,
        minArgs: 0,
        maxArgs: 255,
        call: (...parameters: data.ExpressionData[]) =>
          toData(call(...parameters.map((p) => p.coerceString()))),
      },
    ]),
  );
  try {
    return fromData(new Evaluator(expression.tree, contexts, functions).evaluate());
  } catch (error) {
    throw new ExpressionFailure(at, expression.source, error);
  }
}
