import { messageOf, type Run, ShipError } from "#ship/kit";
import { credentialsHint } from "../errors.ts";
import { openCredentials } from "./credential-file.ts";
import type { Token, TokenSource } from "./token.ts";

const scopes = "https://www.googleapis.com/auth/cloud-platform";
/** What a token lives at least when the library does not say, in milliseconds. */
const shortestLife = 300_000;

/**
 * A source of tokens by application default credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, or the one
 * google-github-actions/auth left (GOOGLE_GHA_CREDS_PATH, which the library does not look at), gcloud's own file, or the
 * metadata server of the machine.
 */
export function defaultTokens(run: Run): TokenSource {
  const { variable } = run.environment;
  const file = variable("GOOGLE_APPLICATION_CREDENTIALS") ?? variable("GOOGLE_GHA_CREDS_PATH");
  return async () => {
    try {
      // The library keeps a token until five minutes are left; a client of its own for each token leaves that to us.
      const client = await openCredentials(file, scopes);
      const askedAt = run.clock.now();
      const { token } = await client.getAccessToken();
      if (!token) throw new Error("the credentials gave no access token");
      run.redaction.add(token);
      const left = (client.credentials.expiry_date ?? 0) - Date.now();
      return { value: token, expiresAt: askedAt + Math.max(left, shortestLife) } satisfies Token;
    } catch (error) {
      throw new ShipError(
        "CREDENTIALS_INVALID",
        `Application default credentials gave no token: ${messageOf(error)}`,
        { cause: error, hint: credentialsHint },
      );
    }
  };
}
