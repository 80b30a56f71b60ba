import type { EcsContext } from "../context.ts";
import type { Interruption, Service, ServiceDeployment, Task } from "../model.ts";
import type { DeploymentConfiguration } from "./configuration.ts";

/** What ends a deployment by itself: the circuit breaker and the deployment alarms. */

const LOWEST = 3;
const HIGHEST = 200;

/**
 * Failed tasks that trip the breaker: `value` percent of the desired count, rounded up and for BOUNDED_PERCENT kept
 * within 3 and 200, or `value` itself for COUNT.
 */
export function failureThreshold({ circuitBreaker }: DeploymentConfiguration, desiredCount: number): number {
  const { type, value } = circuitBreaker.threshold;
  if (type === "COUNT") return value;
  const share = Math.max(1, Math.ceil((desiredCount * value) / 100));
  return type === "UNBOUNDED_PERCENT" ? share : Math.min(HIGHEST, Math.max(LOWEST, share));
}

/** Counts a task of the deployment that could not be started or failed its health checks, and sets the back-off. */
export function countFailure(ecs: EcsContext, service: Service, task: Pick<Task, "owner">): void {
  const deployment = task.owner?.deployment;
  if (!deployment) return;
  deployment.failedTasks += 1;
  deployment.failuresInRow += 1;
  deployment.updatedAt = ecs.clock.now();
  const backoff = ecs.pace.backoffFirst * 2 ** (deployment.failuresInRow - 1);
  deployment.nextLaunchAt = ecs.clock.now() + Math.min(backoff, ecs.pace.backoffLimit);
  const current = service.serviceDeployments[0];
  if (service.deployments[0] === deployment && current) current.breaker.failureCount += 1;
}

/** A task became healthy: the back-off ends, and the breaker's count unless `resetOnHealthyTask` is false. */
export function countHealthy(service: Service, task: Task): void {
  const deployment = task.owner?.deployment;
  if (!deployment) return;
  deployment.failuresInRow = 0;
  const current = service.serviceDeployments[0];
  if (!(current?.configuration.circuitBreaker.resetOnHealthyTask ?? true)) return;
  deployment.failedTasks = 0;
  if (service.deployments[0] === deployment && current) current.breaker.failureCount = 0;
}

function breakerTripped(service: Service, deployment: ServiceDeployment): Interruption | undefined {
  const { configuration, breaker, rollback: restoring } = deployment;
  if (!configuration.circuitBreaker.enable) return undefined;
  const failures = restoring ? restoring.to.failedTasks : breaker.failureCount;
  if (failures < failureThreshold(configuration, service.desiredCount)) return undefined;
  breaker.status = "TRIGGERED";
  const rollback = configuration.circuitBreaker.rollback;
  return {
    outcome: rollback ? "ROLL_BACK" : "STOP",
    event: "tasks failed to start.",
    rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
    restoring: "ECS deployment circuit breaker:",
    statusReason: `Service deployment ${rollback ? "rolled back" : "stopped"} because the circuit breaker threshold was exceeded.`,
  };
}

function alarmRaised(ecs: EcsContext, deployment: ServiceDeployment): Interruption | undefined {
  const { configuration, alarms } = deployment;
  if (alarms.status !== "MONITORING" || deployment.rollback) return undefined;
  const raised = configuration.alarms.names.filter(
    (name) => !alarms.ignored.has(name) && ecs.alarms.state(name) === "ALARM",
  );
  if (raised.length === 0) return undefined;
  alarms.status = "TRIGGERED";
  alarms.triggered = raised;
  const rollback = configuration.alarms.rollback;
  return {
    outcome: rollback ? "ROLL_BACK" : "STOP",
    event: "alarm detected.",
    rolloutStateReason: "ECS deployment failed: alarm detected.",
    restoring: "ECS deployment alarm detected:",
    statusReason: `Service deployment ${rollback ? "rolled back" : "stopped"} because alarms were triggered: ${raised.join(", ")}.`,
  };
}

/** What StopServiceDeployment asked for. */
function requested(deployment: ServiceDeployment): Interruption | undefined {
  if (deployment.status === "ROLLBACK_REQUESTED") {
    return {
      outcome: "ROLL_BACK",
      rolloutStateReason: "ECS deployment was stopped by a user.",
      restoring: "ECS deployment stopped by a user:",
      statusReason: "Service deployment rolled back because of a user request.",
    };
  }
  if (deployment.status === "STOP_REQUESTED") {
    return {
      outcome: "STOP",
      rolloutStateReason: "ECS deployment was stopped by a user.",
      restoring: "",
      statusReason: "Service deployment stopped because of a user request.",
    };
  }
  return undefined;
}

/** The first thing that ends this deployment now, if any. */
export function interruptionOf(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
): Interruption | undefined {
  return (
    deployment.interruption ??
    requested(deployment) ??
    breakerTripped(service, deployment) ??
    alarmRaised(ecs, deployment)
  );
}
