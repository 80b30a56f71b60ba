import { randomUUID } from "node:crypto";
import type { EcsContext } from "../context.ts";
import { isObject, numeric, text } from "../input.ts";
import type { HookRun, Interruption, Service, ServiceDeployment } from "../model.ts";
import { revisionCounts } from "../service-views.ts";
import type { LifecycleHook } from "./configuration.ts";

/** Ends a stage: the waiting and the interruption come from whoever runs the deployment. */
export interface StageControl {
  /** Waits until the condition holds, or throws when the deployment is interrupted. */
  until(condition: () => boolean): Promise<void>;
  /** Waits a while, or throws when the deployment is interrupted. */
  pause(milliseconds: number): Promise<void>;
  /** Ends the deployment. */
  interrupt(interruption: Interruption): never;
}

const failure = (statusReason: string): Interruption => ({
  outcome: "ROLL_BACK",
  event: statusReason,
  rolloutStateReason: statusReason,
  restoring: "ECS deployment lifecycle hook failed:",
  statusReason,
});

/** What a timed-out or rolled-back hook does to its deployment. */
export const hookFailure = (stage: string, detail: string): Interruption =>
  failure(`Service deployment rolled back because ${stage} lifecycle hook(s) failed. ${detail}`);

async function runPause(ecs: EcsContext, run: HookRun, stage: string, control: StageControl): Promise<void> {
  await control.until(() => run.status !== "AWAITING_ACTION" || ecs.clock.now() >= run.expiresAt);
  if (run.status === "AWAITING_ACTION") {
    run.status = "TIMED_OUT";
    if (run.timeoutAction === "ROLLBACK")
      control.interrupt(hookFailure(stage, `Lifecycle hook ${run.id} timed out.`));
  }
  if (run.status === "FAILED")
    control.interrupt(hookFailure(stage, `Lifecycle hook ${run.id} was rolled back by a user.`));
}

function answerOf(payload: unknown, targetArn: string): { status: string; callBackDelay: number } | string {
  const unreadable = `ECS was unable to parse the response from ${targetArn} due to `;
  if (!isObject(payload)) return `${unreadable}an answer that is not a JSON object`;
  const status = text(payload, "hookStatus");
  if (!status) return `${unreadable}HookStatus must not be null`;
  if (!["SUCCEEDED", "FAILED", "IN_PROGRESS"].includes(status))
    return `${unreadable}an unknown hookStatus ${status}`;
  return { status, callBackDelay: numeric(payload, "callBackDelay") ?? 30 };
}

async function runFunction(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  hook: LifecycleHook,
  run: HookRun,
  stage: string,
  control: StageControl,
): Promise<void> {
  const targetArn = hook.targetArn ?? "";
  const fail = (detail: string) => {
    run.status = "FAILED";
    control.interrupt(hookFailure(stage, detail));
  };
  while (run.status === "IN_PROGRESS") {
    let payload: unknown;
    try {
      payload = await ecs.invokeFunction(targetArn, {
        executionDetails: {
          testTrafficWeights: {},
          productionTrafficWeights: {},
          serviceArn: service.arn,
          targetServiceRevisionArn: deployment.target.revision.arn,
          targetServiceRevision: revisionCounts(ecs, service, deployment.target.revision),
        },
        executionId: run.id,
        lifecycleStage: stage,
        resourceArn: deployment.arn,
        ...(hook.details === undefined ? {} : { hookDetails: hook.details }),
      });
    } catch (cause) {
      fail(
        `ECS was unable to invoke hook target ${targetArn} due to ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
    const answer = answerOf(payload, targetArn);
    if (typeof answer === "string") fail(answer);
    else if (answer.status === "FAILED") fail(`Lifecycle hook target ${targetArn} returned FAILED status.`);
    else if (answer.status === "SUCCEEDED") run.status = "SUCCEEDED";
    else await control.pause(answer.callBackDelay * ecs.pace.second);
  }
}

/** Runs every hook of a stage; each run gets an id of its own, so a stage that repeats shows new ones. */
export async function runHooks(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  stage: string,
  control: StageControl,
): Promise<void> {
  const hooks = deployment.configuration.hooks.filter(({ stages }) => stages.includes(stage));
  const runs = hooks.map((hook): { hook: LifecycleHook; run: HookRun } => ({
    hook,
    run: {
      id: randomUUID(),
      targetType: hook.targetType,
      ...(hook.targetArn ? { targetArn: hook.targetArn } : {}),
      status: hook.targetType === "PAUSE" ? "AWAITING_ACTION" : "IN_PROGRESS",
      expiresAt: ecs.clock.now() + hook.timeoutInMinutes * ecs.pace.minute,
      timeoutAction: hook.timeoutAction,
    },
  }));
  deployment.hooks = runs.map(({ run }) => run);
  await Promise.all(
    runs.map(({ hook, run }) =>
      hook.targetType === "PAUSE"
        ? runPause(ecs, run, stage, control)
        : runFunction(ecs, service, deployment, hook, run, stage, control),
    ),
  );
}
