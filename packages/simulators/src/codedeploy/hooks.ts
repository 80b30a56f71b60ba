import { randomUUID } from "node:crypto";
import type { CodeDeployContext } from "./context.ts";
import type { Deployment } from "./model.ts";
import type { Watch } from "./watch.ts";

/** A function must report within this many minutes. */
const hookLimit = 60;

/** Calls the Lambda function of a lifecycle event, if there is one, and waits for its report. */
export async function runHook(
  context: CodeDeployContext,
  deployment: Deployment,
  name: string,
  watch: Watch,
): Promise<void> {
  const functionName = deployment.revision.spec.hooks.get(name);
  // A rollback moves back to what has passed its hooks before.
  if (functionName === undefined) return;
  const failed = (errorCode: string, message: string, logTail?: string) => {
    const event = deployment.events.find((candidate) => candidate.name === name);
    if (event) event.diagnostics = { errorCode, message, ...(logTail !== undefined && { logTail }) };
    watch.interrupt({
      status: "Failed",
      code: "HOOK_EXECUTION_FAILURE",
      message:
        "The deployment failed because one or more of the lifecycle event validation functions failed.",
      rollsBack: deployment.rollsBackOn.has("DEPLOYMENT_FAILURE"),
    });
  };
  const id = randomUUID();
  const execution: { answer?: "Succeeded" | "Failed" } = {};
  deployment.hooks.set(id, execution);
  let broken: string | undefined;
  context.invokeHook(functionName, { DeploymentId: deployment.id, LifecycleEventHookExecutionId: id }).then(
    (answer) => {
      if (answer !== undefined) execution.answer = answer;
    },
    (cause: unknown) => {
      broken = cause instanceof Error ? cause.message : String(cause);
    },
  );
  const limit = context.clock.now() + hookLimit * context.pace.minute;
  await watch.until(
    () => broken !== undefined || execution.answer !== undefined || context.clock.now() >= limit,
  );
  deployment.hooks.delete(id);
  if (broken !== undefined)
    failed("UnknownError", `The function ${functionName} could not be invoked.`, broken);
  if (execution.answer === undefined)
    failed("ScriptTimedOut", `The function ${functionName} did not report within ${hookLimit} minutes.`);
  if (execution.answer === "Failed")
    failed("ScriptFailed", `The validation function ${functionName} reported Failed.`);
}
