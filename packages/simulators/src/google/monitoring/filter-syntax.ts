/** A monitoring filter (https://cloud.google.com/monitoring/api/v3/filters). */
export type Filter =
  | { readonly kind: "and" | "or"; readonly sides: readonly Filter[] }
  | { readonly kind: "not"; readonly side: Filter }
  | {
      readonly kind: "compare";
      readonly field: string;
      readonly operator: "=" | "!=" | ":";
      readonly value: string;
    }
  | {
      readonly kind: "function";
      readonly field: string;
      readonly name: string;
      readonly values: readonly string[];
    };

interface Token {
  readonly kind: "word" | "string" | "symbol" | "end";
  readonly text: string;
}

/** Parses a filter. Throws an Error that says what is wrong where. Two comparisons side by side are joined by AND. */
export function parseFilter(source: string): Filter {
  const tokens = tokenize(source);
  let position = 0;
  const peek = (): Token => tokens[position] ?? { kind: "end", text: "" };
  const take = (): Token => {
    const token = peek();
    position += 1;
    return token;
  };
  const expect = (symbol: string) => {
    const token = take();
    if (token.text !== symbol) throw new Error(`expected '${symbol}' but found '${token.text || "the end"}'`);
  };
  const literal = (): string => {
    const token = take();
    if (token.kind === "word" || token.kind === "string") return token.text;
    throw new Error(`expected a value but found '${token.text || "the end"}'`);
  };
  const isWord = (word: string) => peek().kind === "word" && peek().text === word;

  const disjunction = (): Filter => {
    const sides = [conjunction()];
    while (isWord("OR")) {
      take();
      sides.push(conjunction());
    }
    return joined("or", sides);
  };
  const conjunction = (): Filter => {
    const sides = [term()];
    while (peek().kind !== "end" && peek().text !== ")" && !isWord("OR")) {
      if (isWord("AND")) take();
      sides.push(term());
    }
    return joined("and", sides);
  };
  const term = (): Filter => {
    if (isWord("NOT")) {
      take();
      return { kind: "not", side: term() };
    }
    if (peek().text === "(" && peek().kind === "symbol") {
      take();
      const inner = disjunction();
      expect(")");
      return inner;
    }
    return comparison();
  };
  const comparison = (): Filter => {
    const field = literal().replace(/^(metric|resource)\.label\./, "$1.labels.");
    const { text: operator } = take();
    if (operator !== "=" && operator !== "!=" && operator !== ":") {
      throw new Error(`expected an operator after '${field}' but found '${operator || "the end"}'`);
    }
    const value = literal();
    if (operator !== "=" || peek().text !== "(" || peek().kind !== "symbol") {
      return { kind: "compare", field, operator, value };
    }
    take();
    const values = [literal()];
    while (peek().text === ",") {
      take();
      values.push(literal());
    }
    expect(")");
    if (
      !["one_of", "starts_with", "ends_with", "has_substring", "monitoring.regex.full_match"].includes(value)
    ) {
      throw new Error(`there is no function '${value}'`);
    }
    return { kind: "function", field, name: value, values };
  };

  const filter = disjunction();
  if (peek().kind !== "end") throw new Error(`'${peek().text}' was not expected`);
  return filter;
}

function joined(kind: "and" | "or", sides: readonly Filter[]): Filter {
  const [only] = sides;
  return only && sides.length === 1 ? only : { kind, sides };
}

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|[=:(),])|([\w./-]+)/gy;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (!match) throw new Error(`'${source.slice(at, at + 10)}' cannot be read`);
    const [, double, single, symbol, word] = match;
    const quoted = double ?? single;
    if (quoted !== undefined) tokens.push({ kind: "string", text: quoted.replace(/\\(.)/g, "$1") });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
  }
  return tokens;
}
