import { validationError } from "./faults.ts";

/** A parsed metric math expression. */
export type MathNode =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "negate"; readonly operand: MathNode }
  | {
      readonly kind: "operator";
      readonly operator: Operator;
      readonly left: MathNode;
      readonly right: MathNode;
    }
  | { readonly kind: "list"; readonly items: readonly MathNode[] }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly MathNode[] };

export type Operator = "+" | "-" | "*" | "/" | "^";

const binding: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 4 };
const isOperator = (token: string | undefined): token is Operator => token !== undefined && token in binding;

/** Parses numbers, ids, arithmetic, lists and function calls. Throws ValidationError that quotes the expression. */
export function parseMath(expression: string): MathNode {
  const tokens = expression.match(/\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[A-Za-z_]\w*|[-+*/^()[\],]|\S/g) ?? [];
  let next = 0;
  const refuse = () =>
    validationError(
      `Error in expression '${expression}': Unexpected ${tokens[next] === undefined ? "end" : `'${tokens[next]}'`}. Understood are numbers, ids, + - * / ^ ( ) [ ], FILL, METRICS, SUM, AVG, MIN, MAX and ABS.`,
    );
  const expect = (token: string) => {
    if (tokens[next] !== token) throw refuse();
    next += 1;
  };

  const sequence = (end: string): readonly MathNode[] => {
    const items: MathNode[] = [];
    if (tokens[next] !== end) {
      items.push(operation(0));
      while (tokens[next] === ",") {
        next += 1;
        items.push(operation(0));
      }
    }
    expect(end);
    return items;
  };

  const operand = (): MathNode => {
    const token = tokens[next];
    if (token === undefined) throw refuse();
    next += 1;
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) };
    if (token === "-") return { kind: "negate", operand: operation(3) };
    if (token === "[") return { kind: "list", items: sequence("]") };
    if (token === "(") {
      const inner = operation(0);
      expect(")");
      return inner;
    }
    if (/^[A-Za-z_]/.test(token)) {
      if (tokens[next] !== "(") return { kind: "id", id: token };
      next += 1;
      return { kind: "call", name: token, arguments: sequence(")") };
    }
    next -= 1;
    throw refuse();
  };

  const operation = (minimum: number): MathNode => {
    let left = operand();
    for (let operator = tokens[next]; isOperator(operator); operator = tokens[next]) {
      const strength = binding[operator] ?? 0;
      if (strength < minimum) break;
      next += 1;
      left = {
        kind: "operator",
        operator,
        left,
        right: operation(operator === "^" ? strength : strength + 1),
      };
    }
    return left;
  };

  const root = operation(0);
  if (next < tokens.length) throw refuse();
  return root;
}
