import type { EcsContext } from "../context.ts";
import type { Deployment, Service, Task } from "../model.ts";
import { launchTasks, scalingReason, stopTasks } from "../placement.ts";
import { isRunning } from "../service-views.ts";
import type { Survey } from "../survey.ts";

/** Pending ones first, then the youngest: what the scheduler gives up first. */
const expendableFirst = (tasks: readonly Task[]) =>
  tasks.toReversed().sort((a, b) => Number(isRunning(a)) - Number(isRunning(b)));

/** Tasks to stop because their checks fail: those that never were healthy at once, others once they are replaced or block their replacement. */
function unhealthyToStop(service: Service, look: Survey, ceiling: number): Task[] {
  const replaced = look.healthy.size >= service.desiredCount || look.wanted.length >= ceiling;
  return look.wanted.filter((task) => task.unhealthyReason && (task.healthyAt === undefined || replaced));
}

/**
 * Keeps one deployment at its desired count: replaces failed and unhealthy tasks, scales in and out.
 * `ceiling` is the most tasks the whole service may have.
 */
export function maintain(
  ecs: EcsContext,
  service: Service,
  look: Survey,
  deployment: Deployment,
  ceiling: number,
): void {
  const failing = unhealthyToStop(service, look, ceiling).filter(
    (task) => task.owner?.deployment === deployment,
  );
  if (failing.length > 0) stopTasks(ecs, service, failing, scalingReason(deployment));
  const usable = look.of(deployment).filter((task) => !task.unhealthyReason);
  const missing = deployment.desiredCount - usable.length;
  const room = ceiling - (look.wanted.length - failing.length);
  if (missing > 0) launchTasks(ecs, service, deployment, Math.min(missing, room));
  if (missing < 0)
    stopTasks(ecs, service, expendableFirst(usable).slice(0, -missing), scalingReason(deployment));
}

/**
 * One step of a rolling deployment: starts tasks of the primary deployment within maximumPercent (rounded down) and stops
 * those of older ones as long as minimumHealthyPercent (rounded up) of the desired count stay in service.
 */
export function rollingStep(ecs: EcsContext, service: Service, look: Survey): void {
  const [primary, ...older] = service.deployments;
  if (!primary) return;
  const desired = service.desiredCount;
  const floor = Math.ceil((desired * service.configuration.minimumHealthyPercent) / 100);
  const ceiling = Math.max(1, Math.floor((desired * service.configuration.maximumPercent) / 100));
  primary.desiredCount = desired;
  maintain(ecs, service, look, primary, ceiling);
  if (!primary.launches) return;

  const outgoing = older.flatMap((deployment) => look.of(deployment));
  const pending = outgoing.filter((task) => !isRunning(task));
  const inService = outgoing.filter(isRunning);
  const arrived = look.of(primary).filter((task) => look.healthy.has(task)).length;
  const spare = Math.max(0, inService.length + arrived - floor);
  const ailingFirst = inService.toSorted((a, b) => Number(look.healthy.has(a)) - Number(look.healthy.has(b)));
  const leaving = [...pending, ...ailingFirst.slice(0, spare)];
  if (leaving.length > 0) stopTasks(ecs, service, leaving, scalingReason(primary));
  for (const deployment of older) {
    deployment.desiredCount = look.of(deployment).filter((task) => task.desiredStatus === "RUNNING").length;
  }
}
