import { ECRPUBLICClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr-public";
import { ShipError } from "#ship/kit";
import type { AwsSession } from "../session.ts";
import { publicEcrRegion } from "./host.ts";

/** The base64 `user:password` of the caller's public registry. @throws ShipError in ECR's words */
export async function publicAuthorizationToken(session: AwsSession): Promise<string> {
  const client = new ECRPUBLICClient({ ...session.config, region: publicEcrRegion });
  try {
    const answer = await session.call("ecr-public:GetAuthorizationToken", (abortSignal) =>
      client.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
    );
    const token = answer.authorizationData?.authorizationToken;
    if (!token)
      throw new ShipError(
        "CREDENTIALS_INVALID",
        "ecr-public:GetAuthorizationToken answered without a token.",
      );
    return token;
  } finally {
    client.destroy();
  }
}
