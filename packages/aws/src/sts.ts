import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ShipError } from "#ship/kit";
import { requestHandler } from "./connection.ts";
import type { Credentials } from "./credentials.ts";

/** What AssumeRoleWithWebIdentity is asked. */
export interface WebIdentity {
  readonly role: string;
  readonly region: string;
  readonly token: string;
  readonly sessionName: string;
  readonly sessionSeconds: number;
}

/** Exchanges an OIDC token for keys. The call itself is not signed. */
export async function assumeRoleWithWebIdentity(identity: WebIdentity): Promise<Credentials> {
  const client = new STSClient({ region: identity.region, maxAttempts: 1, requestHandler });
  try {
    const { Credentials: keys } = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: identity.role,
        RoleSessionName: identity.sessionName,
        WebIdentityToken: identity.token,
        DurationSeconds: identity.sessionSeconds,
      }),
    );
    if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken || !keys.Expiration) {
      throw new ShipError("CREDENTIALS_INVALID", `STS answered without keys for ${identity.role}.`);
    }
    return {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.SessionToken,
      expiration: keys.Expiration,
    };
  } finally {
    client.destroy();
  }
}
