import type { EcsContext } from "../context.ts";
import { deployed, serviceName } from "../events.ts";
import { deploymentId } from "../identifiers.ts";
import type { Deployment, Service, ServiceDeployment } from "../model.ts";
import { newRevision } from "../revisions.ts";
import { runNative } from "./native.ts";

/** Statuses after which a service deployment never moves again. */
export const isOver = ({ status }: ServiceDeployment) =>
  ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].includes(status);

/** The service deployment that still moves, if any. */
export const underway = (service: Service): ServiceDeployment | undefined =>
  service.serviceDeployments.find((deployment) => !isOver(deployment));

function supersede(ecs: EcsContext, service: Service): void {
  for (const earlier of service.serviceDeployments.filter((deployment) => !isOver(deployment))) {
    earlier.status = "STOPPED";
    earlier.statusReason = "Service deployment was stopped because a newer service deployment started.";
    earlier.stoppedAt = ecs.clock.now();
    earlier.finishedAt = ecs.clock.now();
    earlier.updatedAt = ecs.clock.now();
    if (earlier.breaker.status === "MONITORING") earlier.breaker.status = "MONITORING_COMPLETE";
    if (earlier.alarms.status === "MONITORING") earlier.alarms.status = "MONITORING_COMPLETE";
    ecs.tell({
      kind: "deployment ended",
      service: serviceName(service),
      taskDefinition: deployed(earlier.target),
      status: earlier.status,
      reason: earlier.statusReason,
    });
  }
}

/** Starts a deployment of the service's present settings: a revision, a PRIMARY deployment and a service deployment. */
export function startDeployment(ecs: EcsContext, service: Service): ServiceDeployment {
  const now = ecs.clock.now();
  supersede(ecs, service);
  const sources = service.deployments.map(({ revision }) => revision);
  const serving = service.lastCompleted?.revision ?? sources[0];
  const id = deploymentId();
  const { configuration } = service;
  const native = configuration.strategy !== "ROLLING";
  for (const earlier of service.deployments) earlier.status = "ACTIVE";
  const target: Deployment = {
    id,
    revision: newRevision(ecs, service, id, serving),
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    desiredCount: native ? 0 : service.desiredCount,
    failedTasks: 0,
    launches: true,
    failuresInRow: 0,
    nextLaunchAt: now,
    createdAt: now,
    updatedAt: now,
  };
  service.deployments = [target, ...service.deployments];
  delete service.steadySince;
  const watched = configuration.alarms.enable && sources.length > 0;
  const ignored = new Set(configuration.alarms.names.filter((name) => ecs.alarms.state(name) === "ALARM"));
  const deployment: ServiceDeployment = {
    arn: ecs.arns.serviceDeployment(service.cluster.name, service.name),
    target,
    sources,
    configuration,
    status: "PENDING",
    createdAt: now,
    visibleAt: now + ecs.consistencyDelay,
    updatedAt: now,
    hooks: [],
    breaker: { status: configuration.circuitBreaker.enable ? "MONITORING" : "DISABLED", failureCount: 0 },
    alarms: { status: watched ? "MONITORING" : "DISABLED", triggered: [], ignored },
    ...(native ? { traffic: { production: 0, test: 0 } } : {}),
  };
  service.serviceDeployments = [deployment, ...service.serviceDeployments];
  ecs.tell({
    kind: "deployment started",
    service: serviceName(service),
    taskDefinition: deployed(target),
    strategy: configuration.strategy,
  });
  if (native) ecs.background(() => runNative(ecs, service, deployment));
  return deployment;
}
