import { type Expr, ExpressionError, Lexer, Parser } from "@actions/expressions";
import type { Place } from "./availability.ts";
import type { Position, Problems } from "./problems.ts";
import type { ScalarNode, SourceNode } from "./source.ts";
import type { Value } from "./value.ts";

/** A value of a workflow file whose expressions are parsed and checked, ready to be evaluated. */
export type Template =
  | { readonly kind: "literal"; readonly at: Position; readonly value: Value }
  | { readonly kind: "expression"; readonly at: Position; readonly expression: Expression }
  | { readonly kind: "text"; readonly at: Position; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: "sequence"; readonly at: Position; readonly items: readonly Template[] }
  | { readonly kind: "mapping"; readonly at: Position; readonly entries: readonly TemplateEntry[] };

export interface TemplateEntry {
  readonly key: string;
  readonly at: Position;
  readonly value: Template;
}

/** One parsed expression with its source. */
export interface Expression {
  readonly source: string;
  readonly tree: Expr;
}

/** The value of an `if`. */
export interface Condition {
  readonly template: Template;
  /** Whether it calls success(), failure(), cancelled() or always(); otherwise success() is implied. */
  readonly asksStatus: boolean;
}

const statusFunctions = ["success", "failure", "cancelled", "always"];

/** Parses every expression below `node` against what is available at `where`; what is wrong goes to `problems`. */
export function compile(node: SourceNode, where: Place, problems: Problems): Template {
  if (node.kind === "sequence") {
    return { kind: "sequence", at: node.at, items: node.items.map((item) => compile(item, where, problems)) };
  }
  if (node.kind === "mapping") {
    const entries = node.entries.map(({ key, at, value }) => ({
      key,
      at,
      value: compile(value, where, problems),
    }));
    return { kind: "mapping", at: node.at, entries };
  }
  return compileScalar(node, where, problems);
}

/** Parses an `if`, which is an expression with or without `${{ }}`. */
export function compileCondition(node: SourceNode, where: Place, problems: Problems): Condition {
  if (node.kind !== "scalar") {
    problems.add(node.at, `if: expected an expression, found a ${node.kind}`);
    return { template: { kind: "literal", at: node.at, value: false }, asksStatus: true };
  }
  const { value, at } = node;
  if (typeof value === "string" && value.trim() !== "" && !value.includes("${{")) {
    const expression = parseExpression(value, at, where, problems);
    return {
      template: expression ? { kind: "expression", at, expression } : { kind: "literal", at, value: false },
      asksStatus: asksStatus(value),
    };
  }
  const template = compileScalar(node, where, problems);
  const sources = template.kind === "expression" ? [template.expression.source] : partSources(template);
  return { template, asksStatus: sources.some(asksStatus) };
}

function compileScalar({ at, value }: ScalarNode, where: Place, problems: Problems): Template {
  if (typeof value !== "string" || !value.includes("${{")) return { kind: "literal", at, value };
  const parts: (string | Expression)[] = [];
  let rest = value;
  for (let start = rest.indexOf("${{"); start >= 0; start = rest.indexOf("${{")) {
    if (start > 0) parts.push(rest.slice(0, start));
    const length = expressionLength(rest.slice(start + 3));
    if (length === undefined) {
      problems.add(at, `the expression '${rest.slice(start)}' is not closed: expected }}`);
      return { kind: "literal", at, value };
    }
    const source = rest.slice(start + 3, start + 3 + length).trim();
    const expression = parseExpression(source, at, where, problems);
    if (expression) parts.push(expression);
    rest = rest.slice(start + 3 + length + 2);
  }
  if (rest !== "") parts.push(rest);
  const [only] = parts;
  if (parts.length === 1 && typeof only === "object") return { kind: "expression", at, expression: only };
  return { kind: "text", at, parts };
}

/** Characters up to the closing braces; braces inside a quoted text do not close. */
function expressionLength(text: string): number | undefined {
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith("}}", index)) return index;
  }
  return undefined;
}

function parseExpression(
  source: string,
  at: Position,
  where: Place,
  problems: Problems,
): Expression | undefined {
  if (source.trim() === "") {
    problems.add(at, "an empty expression: expected something between the double braces");
    return undefined;
  }
  try {
    const { tokens } = new Lexer(source).lex();
    const tree = new Parser(tokens, [...where.contexts], [...where.functions]).parse();
    return { source, tree };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const unavailable = error instanceof ExpressionError && /^Unrecognized/.test(reason);
    const available = [...where.contexts, ...where.functions.map(({ name }) => `${name}()`)].join(", ");
    const hint = unavailable ? `; available here: ${available}` : "";
    problems.add(at, `expression '${source}': ${reason}${hint}`);
    return undefined;
  }
}

function partSources(template: Template): readonly string[] {
  if (template.kind !== "text") return [];
  return template.parts.flatMap((part) => (typeof part === "string" ? [] : [part.source]));
}

function asksStatus(source: string): boolean {
  let tokens: ReturnType<Lexer["lex"]>["tokens"];
  try {
    tokens = new Lexer(source).lex().tokens;
  } catch {
    return false;
  }
  return tokens.some(
    (token, index) =>
      statusFunctions.includes(token.lexeme.toLowerCase()) && tokens[index + 1]?.lexeme === "(",
  );
}
