import type { ActionOutcome, Run } from "#ship/kit";
import { openSession, type SessionOptions } from "../session.ts";
import type { DeployRequest } from "./deploy/request.ts";

export type { CodeDeploySettings, CodeDeployWishes } from "../codedeploy/settings.ts";
export type { HealthCheck } from "./deploy/health-check.ts";
export type { DeployRequest, DeployTarget, ServiceWishes, WaitUntil } from "./deploy/request.ts";
export { openMark, openRecovery } from "./deploy/saved.ts";
export { lifecycleStages } from "./deployment/stages.ts";
export type { TaskRequest } from "./run-task/request.ts";
export { openOneOffTask } from "./run-task/saved.ts";
export type { Changes, ContainerChanges } from "./task-definition/changes.ts";

/** Deploys to Amazon ECS. The SDK is loaded here, after the inputs are known to be good. */
export async function deployToEcs(
  options: SessionOptions,
  request: DeployRequest,
  run: Run,
): Promise<ActionOutcome> {
  const session = openSession(options, run);
  const { deploy } = await import("./deploy/deploy.ts");
  return deploy(session, request, run);
}

/** The post step of a deployment: finishes the way back that `main` could not see to the end. `saved` is {@link openRecovery}'s. */
export async function finishEcsDeployment(options: SessionOptions, saved: string, run: Run): Promise<void> {
  const session = openSession(options, run);
  const { finishRecovery } = await import("./deploy/after.ts");
  await finishRecovery(session, saved, run);
}

/** The post step of a run that may have left its mark on a service whose deployment is over. `saved` is {@link openMark}'s. */
export async function removeEcsMark(options: SessionOptions, saved: string, run: Run): Promise<void> {
  const session = openSession(options, run);
  const { finishMark } = await import("./deploy/after.ts");
  await finishMark(session, saved, run);
}

/** The post step of one-off tasks: stops what `main` could not see the end of. `saved` is {@link openOneOffTask}'s. */
export async function finishOneOffTask(options: SessionOptions, saved: string, run: Run): Promise<void> {
  const session = openSession(options, run);
  const { finishTasks } = await import("./run-task/after.ts");
  await finishTasks(session, saved, run);
}
