import type { Run } from "#ship/kit";
import type { TokenSource } from "./token.ts";
import { federatedTokens } from "./workload-identity.ts";

/** As whom to call Google Cloud. */
export interface GoogleIdentity {
  /** Resource name of a workload identity provider; otherwise the job's application default credentials. */
  readonly workloadIdentityProvider: string | undefined;
  /** Email of the service account to act as. */
  readonly serviceAccount: string | undefined;
}

/**
 * The source of tokens for an identity.
 * @throws ShipError `OIDC_UNAVAILABLE` when a provider is given and the job has no token endpoint
 */
export function tokenSource(identity: GoogleIdentity, run: Run): TokenSource {
  const { workloadIdentityProvider: provider, serviceAccount } = identity;
  if (provider !== undefined) return federatedTokens({ provider, serviceAccount }, run);
  return async () => {
    // A library of half a megabyte, needed only by jobs that bring credentials of their own.
    const { defaultTokens } = await import("./default-credentials.ts");
    return defaultTokens(run)();
  };
}
