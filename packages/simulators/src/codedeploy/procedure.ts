import { ServiceFault } from "../service.ts";
import { trafficSteps } from "./configurations.ts";
import type { CodeDeployContext } from "./context.ts";
import { tellEnd, tellStart } from "./events.ts";
import { runHook } from "./hooks.ts";
import type { Deployment, Interruption } from "./model.ts";
import { rollBack } from "./rollback.ts";
import { groupsOf, shift } from "./traffic.ts";
import { Interrupted, type Watch, watchOf } from "./watch.ts";

/** Minutes until the replacement's tasks must be healthy. */
const installLimit = 60;

const fail = (deployment: Deployment, code: string, message: string): Interruption => ({
  status: "Failed",
  code,
  message,
  rollsBack: deployment.rollsBackOn.has("DEPLOYMENT_FAILURE"),
});

/** Leads one deployment from Created to its end, and starts the rollback that its end asks for. */
export async function runDeployment(context: CodeDeployContext, deployment: Deployment): Promise<void> {
  const watch = watchOf(context, deployment);
  try {
    await watch.tick();
    deployment.status = "Queued";
    await watch.tick();
    deployment.status = "InProgress";
    deployment.startedAt = context.clock.now();
    tellStart(context, deployment);
    await events(context, deployment, watch);
    deployment.status = "Succeeded";
    deployment.completedAt = context.clock.now();
    tellEnd(context, deployment);
  } catch (cause) {
    if (!(cause instanceof Interrupted)) throw cause;
    end(context, deployment, cause.interruption);
    tellEnd(context, deployment);
    if (cause.interruption.rollsBack) await rollBack(context, deployment);
  }
}

function end(context: CodeDeployContext, deployment: Deployment, interruption: Interruption): void {
  const now = context.clock.now();
  for (const event of deployment.events) {
    if (event.status === "InProgress") {
      event.status = "Failed";
      event.endedAt = now;
    } else if (event.status === "Pending") event.status = "Skipped";
  }
  deployment.status = interruption.status;
  deployment.error = { code: interruption.code, message: interruption.message };
  deployment.completedAt = now;
}

async function events(context: CodeDeployContext, deployment: Deployment, watch: Watch): Promise<void> {
  const { group } = deployment;
  const during = async (name: string, work: () => Promise<void>) => {
    const event = deployment.events.find((candidate) => candidate.name === name);
    if (!event) return;
    event.status = "InProgress";
    event.startedAt = context.clock.now();
    await work();
    event.status = "Succeeded";
    event.endedAt = context.clock.now();
  };
  const hook = (name: string) =>
    during(name, async () => {
      await watch.tick();
      await runHook(context, deployment, name, watch);
    });

  findService(context, deployment, watch);
  await hook("BeforeInstall");
  await during("Install", () => install(context, deployment, watch));
  await hook("AfterInstall");
  await during("AllowTestTraffic", async () => {
    shift(context, deployment, "test", 100);
    await watch.tick();
  });
  await hook("AfterAllowTestTraffic");
  if (group.readyWait !== undefined) await awaitReady(context, deployment, watch, group.readyWait);
  await hook("BeforeAllowTraffic");
  await during("AllowTraffic", () => allowTraffic(context, deployment, watch));
  await hook("AfterAllowTraffic");
  if (group.terminationWait !== undefined) await terminate(context, deployment, watch, group.terminationWait);
}

function findService(context: CodeDeployContext, deployment: Deployment, watch: Watch): void {
  const { cluster, service } = deployment.group;
  const found = context.taskSets.find(cluster, service);
  if (!found)
    watch.interrupt(fail(deployment, "INVALID_ECS_SERVICE", `The ECS service ${service} cannot be found.`));
  else {
    deployment.serviceArn = found.arn;
    const primary = context.taskSets.of(found.arn).find((set) => set.status === "PRIMARY");
    if (primary) deployment.blue = primary.id;
  }
}

/** Creates the replacement task set, without traffic, and waits until it is steady. */
async function install(context: CodeDeployContext, deployment: Deployment, watch: Watch): Promise<void> {
  const { serviceArn = "", revision } = deployment;
  const groups = groupsOf(context, deployment);
  // What an earlier deployment left behind without traffic makes room.
  for (const set of context.taskSets.of(serviceArn)) context.taskSets.remove(serviceArn, set.id);
  shift(context, deployment, "production", 0);
  try {
    const { hooks: _, ...spec } = revision.spec;
    deployment.green = context.taskSets.create(serviceArn, {
      ...spec,
      targetGroupArn: groups?.green ?? "",
      externalId: deployment.id,
    });
  } catch (cause) {
    if (!(cause instanceof ServiceFault)) throw cause;
    watch.interrupt(fail(deployment, "ECS_UPDATE_ERROR", cause.message));
  }
  const limit = context.clock.now() + installLimit * context.pace.minute;
  await watch.until(() => {
    if (context.clock.now() >= limit)
      watch.interrupt(
        fail(
          deployment,
          "TIMEOUT",
          `The deployment timed out while waiting for the replacement task set to become healthy. This time out period is ${installLimit} minutes.`,
        ),
      );
    return context.taskSets.of(serviceArn).some((set) => set.id === deployment.green && set.steady);
  });
}

async function awaitReady(
  context: CodeDeployContext,
  deployment: Deployment,
  watch: Watch,
  minutes: number,
): Promise<void> {
  deployment.status = "Ready";
  const limit = context.clock.now() + minutes * context.pace.minute;
  await watch.until(() => {
    if (context.clock.now() >= limit)
      watch.interrupt({
        status: "Stopped",
        code: "TIMEOUT",
        message: `The deployment was not continued within ${minutes} minutes.`,
        rollsBack: deployment.rollsBackOn.has("DEPLOYMENT_STOP_ON_REQUEST"),
      });
    return deployment.continued.has("READY_WAIT");
  });
  deployment.status = "InProgress";
}

async function allowTraffic(context: CodeDeployContext, deployment: Deployment, watch: Watch): Promise<void> {
  for (const percent of trafficSteps(deployment.plan)) {
    shift(context, deployment, "production", percent);
    if (percent < 100) await watch.pause(deployment.plan.minutes * context.pace.minute);
  }
  if (deployment.green !== undefined)
    context.taskSets.makePrimary(deployment.serviceArn ?? "", deployment.green);
  await watch.tick();
}

async function terminate(
  context: CodeDeployContext,
  deployment: Deployment,
  watch: Watch,
  minutes: number,
): Promise<void> {
  deployment.terminationWaitBegan = true;
  const limit = context.clock.now() + minutes * context.pace.minute;
  await watch.until(() => context.clock.now() >= limit || deployment.continued.has("TERMINATION_WAIT"));
  if (deployment.blue !== undefined) context.taskSets.remove(deployment.serviceArn ?? "", deployment.blue);
  await watch.tick();
}
