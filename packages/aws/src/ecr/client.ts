import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { ShipError } from "#ship/kit";
import type { AwsSession } from "../session.ts";

/** The base64 `user:password` of the account's registry. @throws ShipError in ECR's words */
export async function authorizationToken(session: AwsSession): Promise<string> {
  const client = new ECRClient(session.config);
  try {
    const answer = await session.call("ecr:GetAuthorizationToken", (abortSignal) =>
      client.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
    );
    const token = answer.authorizationData?.[0]?.authorizationToken;
    if (!token)
      throw new ShipError("CREDENTIALS_INVALID", "ecr:GetAuthorizationToken answered without a token.");
    return token;
  } finally {
    client.destroy();
  }
}
