import type { EcsContext } from "./context.ts";
import { complete, interrupt } from "./deployments/finish.ts";
import { interruptionOf } from "./deployments/monitors.ts";
import { maintain, rollingStep } from "./deployments/rolling.ts";
import { underway } from "./deployments/start.ts";
import { record } from "./events.ts";
import type { Service, ServiceDeployment } from "./model.ts";
import { stopTasks } from "./placement.ts";
import { type Survey, survey } from "./survey.ts";
import { followTaskSets } from "./task-sets.ts";

/** A service in steady state says so again after this long. */
const STEADY_REMINDER = 6 * 3_600_000;

const isNative = (deployment: ServiceDeployment | undefined) =>
  deployment !== undefined && deployment.configuration.strategy !== "ROLLING";

function steady(service: Service, look: Survey): boolean {
  const [primary] = service.deployments;
  if (!primary || service.deployments.length > 1) return false;
  const tasks = look.of(primary);
  return tasks.length === service.desiredCount && tasks.every((task) => look.healthy.has(task));
}

/** Deployments that were replaced and whose last task is gone leave the list. */
function dropEmptied(service: Service, look: Survey, current: ServiceDeployment | undefined): void {
  const [primary, ...older] = service.deployments;
  if (!primary?.launches) return;
  const kept = older.filter(
    (deployment) => look.occupied(deployment) || (isNative(current) && deployment.desiredCount > 0),
  );
  service.deployments = [primary, ...kept];
}

function completeWhenSteady(
  ecs: EcsContext,
  service: Service,
  look: Survey,
  current: ServiceDeployment,
): void {
  const [primary] = service.deployments;
  if (!primary || !steady(service, look)) {
    delete current.steadyAt;
    return;
  }
  current.steadyAt ??= ecs.clock.now();
  const bakes = current.alarms.status === "MONITORING" && !current.rollback;
  if (!bakes || ecs.clock.now() - current.steadyAt >= ecs.pace.alarmBake)
    complete(ecs, service, primary, current);
}

function announceSteadyState(ecs: EcsContext, service: Service, look: Survey): void {
  if (!steady(service, look) || service.deployments[0]?.rolloutState !== "COMPLETED") {
    delete service.steadySince;
    return;
  }
  if (service.steadySince !== undefined && ecs.clock.now() - service.steadySince < STEADY_REMINDER) return;
  service.steadySince = ecs.clock.now();
  record(ecs, service, "has reached a steady state.");
}

function advanceRolling(
  ecs: EcsContext,
  service: Service,
  look: Survey,
  current: ServiceDeployment | undefined,
): void {
  if (current?.status === "PENDING") {
    current.status = "IN_PROGRESS";
    current.startedAt = ecs.clock.now();
    current.updatedAt = ecs.clock.now();
  }
  const interruption = current && interruptionOf(ecs, service, current);
  if (current && interruption) interrupt(ecs, service, current, interruption);
  rollingStep(ecs, service, look);
  dropEmptied(service, look, current);
  const still = underway(service);
  if (still) completeWhenSteady(ecs, service, look, still);
}

/** The native procedure sets each deployment's desired count; this keeps the tasks at it. */
function followNative(ecs: EcsContext, service: Service, look: Survey, current: ServiceDeployment): void {
  const interruption = interruptionOf(ecs, service, current);
  if (interruption) current.interruption = interruption;
  for (const deployment of service.deployments) {
    if (deployment.desiredCount > 0) deployment.desiredCount = service.desiredCount;
    maintain(ecs, service, look, deployment, Number.POSITIVE_INFINITY);
  }
  dropEmptied(service, look, current);
}

function drain(ecs: EcsContext, service: Service, look: Survey): void {
  if (look.wanted.length > 0)
    stopTasks(ecs, service, look.wanted, "Task stopped because its service was deleted");
  if (service.deployments.some((deployment) => look.occupied(deployment))) return;
  service.status = "INACTIVE";
  service.deployments = [];
}

/** One look at a service: what changed is noted, what is missing is started, what is too much is stopped. */
export function lookAt(ecs: EcsContext, service: Service): void {
  if (service.status === "INACTIVE") return;
  const look = survey(ecs, service);
  if (service.status === "DRAINING") {
    drain(ecs, service, look);
    return;
  }
  if (service.controller === "CODE_DEPLOY") {
    followTaskSets(ecs, service, look);
    return;
  }
  const current = underway(service);
  if (current && isNative(current)) followNative(ecs, service, look, current);
  else advanceRolling(ecs, service, look, current);
  announceSteadyState(ecs, service, look);
}

/** Looks at every service again and again until the simulator closes. */
export async function schedule(ecs: EcsContext): Promise<void> {
  while (!ecs.lifetime.aborted) {
    await ecs.clock.sleep(ecs.pace.schedulerInterval, ecs.lifetime);
    for (const service of ecs.state.services.values()) lookAt(ecs, service);
  }
}
