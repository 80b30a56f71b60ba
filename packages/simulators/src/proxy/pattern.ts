const compiled = new Map<string, RegExp>();

/** Matches text against a load balancer pattern, where `*` is any text and `?` any one character. */
export function matchesPattern(pattern: string, text: string, letters: "same case" | "any case"): boolean {
  const key = `${letters} ${pattern}`;
  let expression = compiled.get(key);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    expression = new RegExp(`^${source}$`, letters === "any case" ? "is" : "s");
    compiled.set(key, expression);
  }
  return expression.test(text);
}
