import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { ShipError } from "#ship/kit";
import type { AwsSession } from "../session.ts";

/**
 * The base64 `user:password` for a private registry.
 * @param accountId the registry's account; the caller's own when `undefined`
 * @throws ShipError in ECR's words
 */
export async function authorizationToken(
  session: AwsSession,
  accountId: string | undefined,
): Promise<string> {
  const client = new ECRClient(session.config);
  try {
    const input = accountId === undefined ? {} : { registryIds: [accountId] };
    const answer = await session.call("ecr:GetAuthorizationToken", (abortSignal) =>
      client.send(new GetAuthorizationTokenCommand(input), { abortSignal }),
    );
    const token = answer.authorizationData?.[0]?.authorizationToken;
    if (!token)
      throw new ShipError("CREDENTIALS_INVALID", "ecr:GetAuthorizationToken answered without a token.");
    return token;
  } finally {
    client.destroy();
  }
}
