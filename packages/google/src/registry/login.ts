import type { LoginSource } from "#ship/images";
import type { Run } from "#ship/kit";
import type { GoogleIdentity } from "../auth/token-source.ts";

/** Artifact Registry (`europe-docker.pkg.dev`) and Container Registry (`eu.gcr.io`), by their documented hosts. */
const hosts = /^(?:[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z0-9-]+\.)?gcr\.io)$/;
/** The user name that says that the password is an access token (Artifact Registry docs, "Configure authentication"). */
const username = "oauth2accesstoken";

/** True for a host of Artifact Registry or Container Registry. */
export function isGoogleRegistry(registry: string): boolean {
  return hosts.test(registry);
}

/** Logins of Google's registries by access tokens, which last an hour at most. No call is made before one is asked for. */
export function googleRegistryLogins(identity: GoogleIdentity, run: Run): LoginSource {
  return {
    name: "Google Cloud",
    rank: "before-job",
    serves: isGoogleRegistry,
    async login(registry) {
      const { tokenSource } = await import("../auth/token-source.ts");
      const { value } = await tokenSource(identity, run)();
      return { registry, username, password: value };
    },
  };
}
