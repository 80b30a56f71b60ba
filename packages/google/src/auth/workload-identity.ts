import * as z from "zod/mini";
import { messageOf, type Run, retry, ShipError } from "#ship/kit";
import { endpointOf } from "../endpoints.ts";
import { judge, translate } from "../errors.ts";
import { exchange } from "../http.ts";
import type { Token, TokenSource } from "./token.ts";

/** Whose token is wanted over OIDC. */
export interface WorkloadIdentity {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
  readonly provider: string;
  /** Email of the service account to act as; without one the federated identity acts itself. */
  readonly serviceAccount: string | undefined;
}

const scope = "https://www.googleapis.com/auth/cloud-platform";
const timeout = 10_000;
/** The longest that needs no organisation policy (IAM Credentials API: generateAccessToken). */
const lifetime = "3600s";

const federated = z.object({ access_token: z.string(), expires_in: z.optional(z.number()) });
const impersonated = z.object({ accessToken: z.string(), expireTime: z.string() });
/** What a federated token lives at least when the answer does not say: the life of the job's own token, in seconds. */
const shortestLife = 300;

/**
 * A source of tokens by the job's own OIDC token: exchanged at the Security Token Service, and then, with a service account,
 * for a token of that account. Nothing is written to a file.
 * @throws ShipError `OIDC_UNAVAILABLE` when the job has no token endpoint
 */
export function federatedTokens({ provider, serviceAccount }: WorkloadIdentity, run: Run): TokenSource {
  if (!run.environment.oidcAvailable) {
    throw new ShipError(
      "OIDC_UNAVAILABLE",
      `workload-identity-provider is ${provider}, but this job may not ask for an OIDC token.`,
    );
  }
  return async () => {
    const token = await federate(provider, run);
    return serviceAccount === undefined ? token : impersonate(serviceAccount, token.value, run);
  };
}

async function federate(provider: string, run: Run): Promise<Token> {
  return attempt(run, "sts.googleapis.com token exchange", async (signal) => {
    const askedAt = run.clock.now();
    const answer = await exchange(run.fetch, {
      method: "POST",
      address: `${endpointOf("sts", run.environment)}/v1/token`,
      headers: {},
      body: {
        audience: `//iam.googleapis.com/${provider}`,
        grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
        requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
        subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
        subjectToken: await idToken(provider, run),
        scope,
      },
      schema: federated,
      timeout,
      signal,
    });
    const life = (answer.expires_in ?? shortestLife) * 1_000;
    return keep({ value: answer.access_token, expiresAt: askedAt + life }, run);
  });
}

async function impersonate(account: string, bearer: string, run: Run): Promise<Token> {
  return attempt(run, "iam.serviceAccounts.getAccessToken", async (signal) => {
    const answer = await exchange(run.fetch, {
      method: "POST",
      address: `${endpointOf("iamcredentials", run.environment)}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
      headers: { authorization: `Bearer ${bearer}` },
      body: { scope: [scope], lifetime },
      schema: impersonated,
      timeout,
      signal,
    });
    return keep({ value: answer.accessToken, expiresAt: Date.parse(answer.expireTime) }, run);
  });
}

/** Not tied to the run's signal: after a cancellation the call that makes production safe may need a new token. */
async function attempt<T>(
  run: Run,
  permission: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await retry(() => work(new AbortController().signal), { clock: run.clock, judge });
  } catch (error) {
    throw error instanceof ShipError ? error : translate(error, permission);
  }
}

async function idToken(provider: string, run: Run): Promise<string> {
  try {
    const token = await run.idToken(`https://iam.googleapis.com/${provider}`);
    run.redaction.add(token);
    return token;
  } catch (error) {
    throw new ShipError("OIDC_UNAVAILABLE", `The runner gave no OIDC token: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function keep(token: Token, run: Run): Token {
  run.redaction.add(token.value);
  return token;
}
