import type { EcsContext } from "../context.ts";
import { deployed, record, serviceName } from "../events.ts";
import type {
  Deployment,
  Interruption,
  Service,
  ServiceDeployment,
  ServiceDeploymentStatus,
} from "../model.ts";

function end(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  reason?: string,
): void {
  const now = ecs.clock.now();
  deployment.status = status;
  if (reason !== undefined) deployment.statusReason = reason;
  deployment.finishedAt = now;
  deployment.updatedAt = now;
  if (status === "STOPPED") deployment.stoppedAt = now;
  if (deployment.breaker.status === "MONITORING") deployment.breaker.status = "MONITORING_COMPLETE";
  if (deployment.alarms.status === "MONITORING") deployment.alarms.status = "MONITORING_COMPLETE";
  ecs.tell({
    kind: "deployment ended",
    service: serviceName(service),
    taskDefinition: deployed(deployment.target),
    status,
    ...(deployment.statusReason === undefined ? {} : { reason: deployment.statusReason }),
  });
}

/** The primary deployment serves alone: it is COMPLETED, and the service deployment (or its rollback) succeeded. */
export function complete(
  ecs: EcsContext,
  service: Service,
  primary: Deployment,
  deployment: ServiceDeployment,
): void {
  primary.rolloutState = "COMPLETED";
  primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
  primary.updatedAt = ecs.clock.now();
  service.lastCompleted = primary;
  record(ecs, service, `(deployment ${primary.id}) deployment completed.`);
  if (deployment.rollback) end(ecs, service, deployment, "ROLLBACK_SUCCESSFUL");
  else end(ecs, service, deployment, "SUCCESSFUL");
}

function markFailed(ecs: EcsContext, service: Service, failed: Deployment, interruption: Interruption): void {
  failed.rolloutState = "FAILED";
  failed.rolloutStateReason = interruption.rolloutStateReason;
  failed.launches = false;
  failed.updatedAt = ecs.clock.now();
  if (interruption.event)
    record(ecs, service, `(deployment ${failed.id}) deployment failed: ${interruption.event}`);
}

/**
 * Makes the last COMPLETED deployment PRIMARY again under its own id (no new revision), or ends as ROLLBACK_FAILED when
 * there is none. Answers whether a rollback began.
 */
function restore(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  interruption: Interruption,
): boolean {
  const now = ecs.clock.now();
  const to = service.lastCompleted;
  if (!to || to === deployment.target) {
    end(ecs, service, deployment, "ROLLBACK_FAILED", "No rollback candidate was found to run the rollback.");
    return false;
  }
  deployment.status = "ROLLBACK_IN_PROGRESS";
  deployment.statusReason = interruption.statusReason;
  deployment.rollback = { reason: interruption.statusReason, startedAt: now, to };
  deployment.updatedAt = now;
  delete deployment.steadyAt;
  delete deployment.interruption;
  record(ecs, service, `rolling back to deployment ${to.id}.`);
  ecs.tell({
    kind: "rollback started",
    service: serviceName(service),
    taskDefinition: deployed(to),
    reason: interruption.statusReason,
  });
  to.status = "PRIMARY";
  to.rolloutState = "IN_PROGRESS";
  to.rolloutStateReason = `${interruption.restoring} rolling back to deploymentId ${to.id}.`;
  to.launches = true;
  to.failedTasks = 0;
  to.failuresInRow = 0;
  to.nextLaunchAt = now;
  to.createdAt = now;
  to.updatedAt = now;
  to.desiredCount = service.desiredCount;
  const others = service.deployments.filter((other) => other !== to);
  for (const other of others) other.status = "ACTIVE";
  service.deployments = [to, ...others];
  service.settings = to.revision.settings;
  return true;
}

/**
 * Ends a deployment early: its tasks launch no more; the service goes back to the last completed deployment or stays as it
 * is. A deployment that fails while it rolls back ends as ROLLBACK_FAILED. Answers whether a rollback began.
 */
export function interrupt(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
  interruption: Interruption,
): boolean {
  const primary = service.deployments[0];
  if (primary) markFailed(ecs, service, primary, interruption);
  if (deployment.rollback) {
    end(ecs, service, deployment, "ROLLBACK_FAILED", interruption.statusReason);
    return false;
  }
  if (interruption.outcome === "ROLL_BACK") return restore(ecs, service, deployment, interruption);
  end(ecs, service, deployment, "STOPPED", interruption.statusReason);
  return false;
}
