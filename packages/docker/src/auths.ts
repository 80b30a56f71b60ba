import type { Login } from "#ship/images";

/** Docker Hub's logins stand under this name in Docker's configuration (docker/cli: registry.IndexServer). */
const dockerHubIndex = "https://index.docker.io/v1/";

/** One login of Docker's config.json; an empty one says that a credential helper has it. */
export interface AuthEntry {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** The `auths` of Docker's config.json. */
export type Auths = Readonly<Record<string, AuthEntry>>;

/** The key of a registry in Docker's `auths`. */
export function configKey(registry: string): string {
  return registry === "docker.io" ? dockerHubIndex : registry;
}

/** The login for a registry among Docker's `auths`; `undefined` where it has none of its own. */
export function loginFrom(auths: Auths, registry: string): Login | undefined {
  const entry = keysOf(registry)
    .map((key) => auths[key])
    .find((found) => found !== undefined);
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { registry, identityToken: entry.identitytoken };
  if (!entry.auth) {
    return entry.username && entry.password
      ? { registry, username: entry.username, password: entry.password }
      : undefined;
  }
  const text = Buffer.from(entry.auth, "base64").toString();
  const colon = text.indexOf(":");
  return { registry, username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** How a login stands in `auths`. */
export function authEntry(login: Login): AuthEntry {
  return "identityToken" in login
    ? // Docker wants a user name beside an identity token, and uses this one for it (docker/cli: credentials.tokenUsername).
      { auth: base64("<token>:"), identitytoken: login.identityToken }
    : { auth: base64(`${login.username}:${login.password}`) };
}

/** A registry stands under its host, or, from older versions, under an address of it (docker/cli: credentials.ConvertToHostname). */
function keysOf(registry: string): readonly string[] {
  const hub = registry === "docker.io" ? [dockerHubIndex, "index.docker.io"] : [];
  const schemes = ["https://", "http://"];
  const addresses = schemes.flatMap((scheme) =>
    ["", "/", "/v1/", "/v2/"].map((path) => scheme + registry + path),
  );
  return [...hub, registry, ...addresses];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
