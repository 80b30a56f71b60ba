import type { EcsContext } from "./context.ts";
import { countFailure, countHealthy } from "./deployments/monitors.ts";
import { record } from "./events.ts";
import type { Deployment, Service, Task } from "./model.ts";
import { isRunning, tasksOf } from "./service-views.ts";
import { verdictOf } from "./targets.ts";

/** A service's tasks as the scheduler found them in one look. */
export interface Survey {
  /** Tasks that shall run, oldest first. */
  readonly wanted: readonly Task[];
  /** Tasks that pass every check now. */
  readonly healthy: ReadonlySet<Task>;
  /** Whether a deployment still has tasks that hold resources. */
  occupied(deployment: Deployment): boolean;
  of(deployment: Deployment): readonly Task[];
}

const gone = (task: Task) => task.lastStatus === "STOPPED" || task.lastStatus === "DEPROVISIONING";

function accountForStopped(ecs: EcsContext, service: Service, task: Task): void {
  task.accounted = true;
  const failed = task.stopCode === "TaskFailedToStart" || task.stopCode === "EssentialContainerExited";
  if (!failed || task.healthyAt !== undefined) return;
  countFailure(ecs, service, task);
  if (task.owner?.deployment.failuresInRow === 3) {
    record(
      ecs,
      service,
      "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  }
}

/** Looks at every task: takes note of failures, of tasks that became healthy and of tasks whose checks fail. */
export function survey(ecs: EcsContext, service: Service): Survey {
  const tasks = tasksOf(ecs, service);
  const healthy = new Set<Task>();
  for (const task of tasks) {
    if (task.desiredStatus === "STOPPED") {
      if (!task.accounted) accountForStopped(ecs, service, task);
      continue;
    }
    if (!isRunning(task) || task.unhealthyReason) continue;
    const verdict = verdictOf(ecs, service, task);
    if (verdict.state === "healthy") {
      healthy.add(task);
      if (task.healthyAt === undefined) {
        task.healthyAt = ecs.clock.now();
        countHealthy(service, task);
      }
    }
    if (verdict.state === "unhealthy") {
      task.unhealthyReason = verdict.stoppedReason;
      record(ecs, service, verdict.event);
      countFailure(ecs, service, task);
    }
  }
  const wanted = tasks.filter((task) => task.desiredStatus === "RUNNING");
  return {
    wanted,
    healthy,
    occupied: (deployment) => tasks.some((task) => task.owner?.deployment === deployment && !gone(task)),
    of: (deployment) => wanted.filter((task) => task.owner?.deployment === deployment),
  };
}
