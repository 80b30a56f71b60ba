/** A login as it is given to the action, beside the host it is for. */
export type GivenLogin =
  | { readonly registry: string; readonly username: string; readonly password: string }
  /** A token of the registry's own kind, for which the user name follows from the host. */
  | { readonly registry: string; readonly token: string }
  /** An access token of Azure (Microsoft Entra), to be exchanged at the registry. */
  | { readonly registry: string; readonly azureToken: string; readonly azureTenant?: string };

/**
 * The host as image names write it: Docker Hub has several names, and login-action takes addresses.
 * An empty text is Docker Hub, as it is for `docker login`.
 */
export function registryHost(text: string): string {
  const host = text
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/, "")
    .toLowerCase();
  const dockerHub = ["", "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];
  return dockerHub.includes(host) ? "docker.io" : host;
}
