import { revisionFor } from "./app-spec.ts";
import type { CodeDeployContext } from "./context.ts";
import { tellRollback } from "./events.ts";
import type { Deployment } from "./model.ts";
import { newDeployment } from "./start.ts";
import { shift } from "./traffic.ts";
import { Interrupted, watchOf } from "./watch.ts";

/**
 * Rolls a deployment back: a new deployment, created by `codeDeployRollback`, routes all traffic to the original task set,
 * which is still there, and removes the replacement.
 */
export async function rollBack(context: CodeDeployContext, failed: Deployment): Promise<void> {
  const blue = context.taskSets.of(failed.serviceArn ?? "").find((set) => set.id === failed.blue);
  const original = blue && revisionFor({ ...failed.revision.spec, taskDefinition: blue.taskDefinition });
  const revision = failed.previous?.revision ?? original ?? failed.revision;
  const rollback = newDeployment(context, {
    group: failed.group,
    configuration: failed.configuration,
    revision,
    creator: "codeDeployRollback",
    triggeredBy: failed.id,
    description: `Rollback of the deployment ${failed.id}`,
  });
  failed.rollback = {
    deployment: rollback.id,
    message: `Deployment ${failed.id} is rolled back with the deployment ${rollback.id}.`,
  };
  tellRollback(context, failed, rollback);
  try {
    await carryOut(context, failed, rollback);
  } catch (cause) {
    if (!(cause instanceof Interrupted)) throw cause;
    rollback.status = "Stopped";
    rollback.error = { code: cause.interruption.code, message: cause.interruption.message };
    rollback.completedAt = context.clock.now();
  }
}

async function carryOut(context: CodeDeployContext, failed: Deployment, rollback: Deployment): Promise<void> {
  const { serviceArn = "" } = failed;
  const watch = watchOf(context, rollback);
  const mark = (status: "InProgress" | "Succeeded") => {
    for (const event of rollback.events) {
      event.status = status;
      if (status === "InProgress") event.startedAt = context.clock.now();
      else event.endedAt = context.clock.now();
    }
  };
  await watch.tick();
  rollback.status = "InProgress";
  rollback.startedAt = context.clock.now();
  if (failed.serviceArn !== undefined) rollback.serviceArn = failed.serviceArn;
  mark("InProgress");
  shift(context, failed, "test", 0);
  shift(context, failed, "production", 0);
  if (failed.blue !== undefined) {
    rollback.green = failed.blue;
    context.taskSets.makePrimary(serviceArn, failed.blue);
  }
  if (failed.green !== undefined) {
    rollback.blue = failed.green;
    context.taskSets.remove(serviceArn, failed.green);
  }
  rollback.traffic = 100;
  await watch.tick();
  mark("Succeeded");
  rollback.status = "Succeeded";
  rollback.completedAt = context.clock.now();
}
