import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import type { AwsSession, CallOptions } from "../../session.ts";

/** What the CodeDeploy adapters call with. */
export interface CodeDeployCaller {
  readonly session: AwsSession;
  readonly client: CodeDeployClient;
  readonly options: CallOptions;
}

/** Makes a caller; no call is made yet. */
export function createCodeDeployCaller(session: AwsSession): CodeDeployCaller {
  return { session, client: new CodeDeployClient(session.config), options: {} };
}

/** The same caller listening to another signal, for what must still happen after a cancellation. */
export function underSignal(caller: CodeDeployCaller, signal: AbortSignal): CodeDeployCaller {
  return { ...caller, options: { ...caller.options, signal } };
}

/** Makes one repeatable call with the session's retries and error texts. */
export function askCodeDeploy<T>(
  caller: CodeDeployCaller,
  action: string,
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  return caller.session.call(`codedeploy:${action}`, (abortSignal) => send({ abortSignal }), caller.options);
}
