import type { EcsContext } from "../context.ts";
import type { Deployment, Interruption, Service, ServiceDeployment } from "../model.ts";
import { tasksOf } from "../service-views.ts";
import { verdictOf } from "../targets.ts";
import type { DeploymentConfiguration } from "./configuration.ts";
import { complete, interrupt } from "./finish.ts";
import { runHooks, type StageControl } from "./hooks.ts";
import { networkingFault, shiftProduction, shiftTest } from "./traffic.ts";

/** The native traffic-shifting strategies BLUE_GREEN, LINEAR and CANARY, stage by stage. */

class Interrupted extends Error {
  readonly interruption: Interruption;
  constructor(interruption: Interruption) {
    super(interruption.statusReason);
    this.interruption = interruption;
  }
}

class Superseded extends Error {}

/** The percentages of production traffic a deployment passes through, ending at 100. */
export function trafficSteps({ strategy, linear, canary }: DeploymentConfiguration): number[] {
  if (strategy === "CANARY" && canary.percent < 100) return [canary.percent, 100];
  if (strategy !== "LINEAR") return [100];
  const steps: number[] = [];
  for (let percent = linear.stepPercent; percent < 100; percent += linear.stepPercent)
    steps.push(Math.round(percent * 10) / 10);
  return [...steps, 100];
}

const stepBakeMinutes = ({ strategy, linear, canary }: DeploymentConfiguration) =>
  strategy === "LINEAR" ? linear.stepBakeTimeInMinutes : strategy === "CANARY" ? canary.bakeTimeInMinutes : 0;

function control(ecs: EcsContext, deployment: ServiceDeployment): StageControl {
  const check = () => {
    ecs.lifetime.throwIfAborted();
    if (deployment.interruption) throw new Interrupted(deployment.interruption);
    if (deployment.status === "STOPPED") throw new Superseded();
  };
  const until = async (condition: () => boolean) => {
    for (;;) {
      check();
      if (condition()) return;
      await ecs.clock.sleep(ecs.pace.schedulerInterval, ecs.lifetime);
    }
  };
  return {
    until,
    pause: (milliseconds) => {
      const end = ecs.clock.now() + milliseconds;
      return until(() => ecs.clock.now() >= end);
    },
    interrupt: (interruption) => {
      throw new Interrupted(interruption);
    },
  };
}

const isHealthyAt = (ecs: EcsContext, service: Service, deployment: Deployment, count: number) =>
  tasksOf(ecs, service, deployment).filter((task) => verdictOf(ecs, service, task).state === "healthy")
    .length >= count;

const isEmpty = (ecs: EcsContext, service: Service, deployment: Deployment) =>
  tasksOf(ecs, service, deployment).every((task) => ["DEPROVISIONING", "STOPPED"].includes(task.lastStatus));

async function stages(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  step: StageControl,
): Promise<void> {
  const { target: green, configuration } = deployment;
  const others = () => service.deployments.filter((other) => other !== green);
  const enter = async (stage: string, work?: () => void) => {
    deployment.lifecycleStage = stage;
    deployment.updatedAt = ecs.clock.now();
    work?.();
    await runHooks(ecs, service, deployment, stage, step);
    await step.pause(ecs.pace.stage);
  };

  const fault = networkingFault(ecs, service, deployment);
  if (fault) {
    step.interrupt({
      outcome: "ROLL_BACK",
      event: fault,
      rolloutStateReason: fault,
      restoring: "ECS deployment failed:",
      statusReason: fault,
    });
  }
  if (others().length > 1) {
    await enter("RECONCILE_SERVICE");
    const blue = service.lastCompleted;
    for (const other of others()) other.desiredCount = other === blue ? service.desiredCount : 0;
    await step.until(() =>
      others()
        .filter((other) => other !== blue)
        .every((other) => isEmpty(ecs, service, other)),
    );
  }
  await enter("PRE_SCALE_UP");
  await enter("SCALE_UP", () => {
    green.desiredCount = service.desiredCount;
  });
  await step.until(() => isHealthyAt(ecs, service, green, service.desiredCount));
  await enter("POST_SCALE_UP");
  await enter("TEST_TRAFFIC_SHIFT", () => shiftTest(ecs, deployment, 100));
  await enter("POST_TEST_TRAFFIC_SHIFT");
  for (const percent of trafficSteps(configuration)) {
    await enter("PRE_PRODUCTION_TRAFFIC_SHIFT");
    await enter("PRODUCTION_TRAFFIC_SHIFT", () => shiftProduction(ecs, deployment, percent));
    if (percent < 100) await step.pause(stepBakeMinutes(configuration) * ecs.pace.minute);
  }
  await enter("POST_PRODUCTION_TRAFFIC_SHIFT");
  await enter("BAKE_TIME");
  await step.pause(configuration.bakeTimeInMinutes * ecs.pace.minute);
  await enter("CLEAN_UP", () => {
    for (const other of others()) other.desiredCount = 0;
  });
  await step.until(() => others().every((other) => isEmpty(ecs, service, other)));
}

/** Gives the traffic back to the restored deployment, which is scaled up first, and takes the failed one down. */
async function returnTraffic(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  restored: Deployment,
  step: StageControl,
): Promise<void> {
  await step.until(() => isHealthyAt(ecs, service, restored, service.desiredCount));
  shiftTest(ecs, deployment, 0);
  shiftProduction(ecs, deployment, 0);
  deployment.target.desiredCount = 0;
  await step.until(() => isEmpty(ecs, service, deployment.target));
  await step.until(() => service.deployments.length === 1);
}

/**
 * Leads one native deployment from its first stage to SUCCESSFUL, or back: an interruption at any stage returns all
 * traffic to the revision that served before. Test and production rules are rewritten whole, as the real service does.
 */
export async function runNative(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
): Promise<void> {
  const step = control(ecs, deployment);
  try {
    await ecs.clock.sleep(ecs.pace.schedulerInterval, ecs.lifetime);
    await step.until(() => true);
    // A wish to stop that came in the meantime stays one.
    if (deployment.status === "PENDING") deployment.status = "IN_PROGRESS";
    deployment.startedAt = ecs.clock.now();
    await stages(ecs, service, deployment, step);
    complete(ecs, service, deployment.target, deployment);
    service.deployments = [deployment.target];
  } catch (cause) {
    if (cause instanceof Superseded) {
      if (deployment.sources.length > 0) {
        shiftTest(ecs, deployment, 0);
        shiftProduction(ecs, deployment, 0);
      }
      return;
    }
    if (!(cause instanceof Interrupted)) throw cause;
    await runBack(ecs, service, deployment, cause.interruption);
  }
}

async function runBack(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  interruption: Interruption,
): Promise<void> {
  if (!interrupt(ecs, service, deployment, interruption)) return;
  const restored = deployment.rollback?.to;
  if (!restored) return;
  try {
    await returnTraffic(ecs, service, deployment, restored, control(ecs, deployment));
    complete(ecs, service, restored, deployment);
  } catch (cause) {
    if (cause instanceof Interrupted) interrupt(ecs, service, deployment, cause.interruption);
    else if (!(cause instanceof Superseded)) throw cause;
  }
}
