/** The part of PromQL that counts things: selectors, increase() and sum(). */
export type Expression =
  | { readonly kind: "selector"; readonly matchers: readonly Matcher[] }
  | { readonly kind: "increase"; readonly matchers: readonly Matcher[]; readonly window: number }
  | { readonly kind: "sum"; readonly by: readonly string[]; readonly of: Expression };

/** A condition on one label. */
export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** What Prometheus calls `bad_data`. */
export class ParseError extends Error {}

const token =
  /\s*(?:([a-zA-Z_:][\w:]*)|("(?:[^"\\]|\\.)*")|(=~|!~|!=|=)|(\d+(?:ms|s|m|h)(?:\d+(?:ms|s|m|h))*)|([(){}[\],]))/y;
const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Parses a query. @throws ParseError as Prometheus words it */
export function parsePromql(text: string): Expression {
  const words = tokens(text);
  let position = 0;
  const peek = () => words[position] ?? { text: "", at: text.length };
  const fail = (wanted: string): never => {
    const { text: found, at } = peek();
    const seen = found === "" ? "end of input" : JSON.stringify(found);
    throw new ParseError(`1:${at + 1}: parse error: unexpected ${seen}, expected ${wanted}`);
  };
  const take = (wanted: string) =>
    peek().text === wanted ? words[position++] : fail(JSON.stringify(wanted));
  const next = (pattern: RegExp, wanted: string): string => {
    const { text: word } = peek();
    if (!pattern.test(word)) fail(wanted);
    position += 1;
    return word;
  };

  function expression(): Expression {
    if (peek().text === "sum" && /^(?:\(|by)$/.test(words[position + 1]?.text ?? "")) return sum();
    if (peek().text === "increase") return increase();
    return { kind: "selector", matchers: selector() };
  }
  function sum(): Expression {
    take("sum");
    let by = peek().text === "by" ? labels() : undefined;
    take("(");
    const of = expression();
    take(")");
    if (peek().text === "by") by = labels();
    return { kind: "sum", by: by ?? [], of };
  }
  function labels(): readonly string[] {
    take("by");
    take("(");
    const found: string[] = [];
    while (peek().text !== ")") {
      found.push(next(/^\w+$/, "label"));
      if (peek().text === ",") take(",");
    }
    take(")");
    return found;
  }
  function increase(): Expression {
    take("increase");
    take("(");
    const matchers = selector();
    take("[");
    const duration = next(/^\d/, "duration");
    take("]");
    take(")");
    return { kind: "increase", matchers, window: milliseconds(duration) };
  }
  function selector(): readonly Matcher[] {
    const found: Matcher[] = [];
    if (peek().text !== "{")
      found.push({ label: "__name__", operator: "=", value: next(/^[a-zA-Z_:]/, "identifier") });
    if (peek().text !== "{") return found;
    take("{");
    while (peek().text !== "}") {
      const label = next(/^[a-zA-Z_]/, "label");
      const operator = next(/^(?:=~|!~|!=|=)$/, "label matching operator") as Matcher["operator"];
      found.push({ label, operator, value: String(JSON.parse(next(/^"/, "string"))) });
      if (peek().text === ",") take(",");
    }
    take("}");
    return found;
  }

  const parsed = expression();
  if (position < words.length) fail("end of input");
  return parsed;
}

function tokens(text: string): readonly { readonly text: string; readonly at: number }[] {
  const found: { text: string; at: number }[] = [];
  const trimmed = text.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < trimmed.length) {
    const from = token.lastIndex;
    const match = token.exec(trimmed);
    if (!match) {
      const at = from + (/^\s*/.exec(trimmed.slice(from))?.[0].length ?? 0);
      throw new ParseError(`1:${at + 1}: parse error: unexpected character: '${trimmed[at]}'`);
    }
    const word = match[0].trimStart();
    found.push({ text: word, at: token.lastIndex - word.length });
  }
  return found;
}

function milliseconds(duration: string): number {
  return [...duration.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * units[unit as keyof typeof units],
    0,
  );
}
