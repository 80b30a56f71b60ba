/**
 * Whether `name` passes a list of GitHub filter patterns: `*` stops at a slash, `**` does not, `?` and `+` repeat
 * the character before them, `[…]` is a set, and a leading `!` takes back what an earlier pattern let through.
 * An empty list lets nothing through.
 */
export function matchesFilters(name: string, patterns: readonly string[]): boolean {
  let passes = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (filterExpression(negated ? pattern.slice(1) : pattern).test(name)) passes = !negated;
  }
  return passes;
}

function filterExpression(pattern: string): RegExp {
  const source = pattern.replace(/\\.|\*\*\/?|\*|\[[^\]]*\]|[?+]|[^\\*[?+]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?" || token === "+" || token.startsWith("[")) return token;
    const literal = token.startsWith("\\") ? token.slice(1) : token;
    return literal.replace(/[.^$(){}|\\\]*?+[]/g, "\\$&");
  });
  return new RegExp(`^${source}$`);
}
