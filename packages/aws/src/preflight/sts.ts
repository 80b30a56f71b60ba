import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsSession } from "../session.ts";
import type { CallerIdentity } from "./index.ts";

export async function callerIdentity(session: AwsSession): Promise<CallerIdentity> {
  const client = new STSClient(session.config);
  try {
    const { Account, Arn } = await session.call("sts:GetCallerIdentity", (abortSignal) =>
      client.send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    return { account: Account ?? "", arn: Arn ?? "" };
  } finally {
    client.destroy();
  }
}
