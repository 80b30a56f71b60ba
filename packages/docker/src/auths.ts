import type { Login } from "#ship/images";

/** Docker Hub's logins stand under this name in Docker's configuration (docker/cli: registry.IndexServer). */
const dockerHubIndex = "https://index.docker.io/v1/";

/** The `auths` of Docker's config.json. */
export type Auths = Readonly<Record<string, { readonly auth?: string }>>;

/** The key of a registry in Docker's `auths`. */
export function configKey(registry: string): string {
  return registry === "docker.io" ? dockerHubIndex : registry;
}

/** The login for a registry among Docker's `auths`; helpers and token logins are not read. */
export function loginFrom(auths: Auths, registry: string): Login | undefined {
  const entry =
    auths[configKey(registry)] ?? auths[`https://${registry}`] ?? auths[`https://${registry}/v2/`];
  if (!entry?.auth) return undefined;
  const [username = "", ...password] = Buffer.from(entry.auth, "base64").toString().split(":");
  return { registry, username, password: password.join(":") };
}
