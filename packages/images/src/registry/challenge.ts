/** How a registry wants to be told who is calling. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: URL;
      readonly service: string | undefined;
      /** Scopes as the registry writes them. */
      readonly scopes: readonly string[];
    };

const part =
  /(?:^|,)\s*([a-z]+)(?=\s+[\w-]+\s*=|\s*(?:,|$))|([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi;

/**
 * Reads a WWW-Authenticate header (RFC 9110 §11.6.1), which may hold several challenges; a token is preferred to a password.
 * `undefined` where it holds none that is known.
 */
export function readChallenge(header: string | null): Challenge | undefined {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, scheme, name, quoted, bare] of (header ?? "").matchAll(part)) {
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined)
      found.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? "");
  }
  const bearer = found.find(({ scheme }) => scheme === "bearer")?.parameters;
  const realm = URL.parse(bearer?.get("realm") ?? "");
  if (bearer !== undefined && realm !== null) {
    const scopes = bearer.get("scope")?.split(" ").filter(Boolean) ?? [];
    return { scheme: "bearer", realm, service: bearer.get("service"), scopes };
  }
  return found.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : undefined;
}
