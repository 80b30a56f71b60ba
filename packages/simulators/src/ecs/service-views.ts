import type { JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { date, present } from "./input.ts";
import type { Deployment, Revision, Service, Settings, Task } from "./model.ts";

/** Tasks of a service, or of one of its deployments, that have not stopped. */
export const tasksOf = (ecs: EcsContext, service: Service, deployment?: Deployment): Task[] =>
  [...ecs.state.tasks.values()].filter(
    (task) =>
      task.owner?.service === service && (deployment === undefined || task.owner.deployment === deployment),
  );

export const isRunning = (task: Task) => task.lastStatus === "RUNNING";
export const isPending = (task: Task) => ["PROVISIONING", "PENDING", "ACTIVATING"].includes(task.lastStatus);

function placeView(settings: Settings): JsonObject {
  return {
    launchType: settings.capacityProviderStrategy.length > 0 ? undefined : settings.launchType,
    capacityProviderStrategy:
      settings.capacityProviderStrategy.length > 0 ? settings.capacityProviderStrategy : undefined,
    platformVersion: settings.platformVersion,
    platformFamily: settings.launchType === "FARGATE" ? "Linux" : undefined,
    networkConfiguration: settings.networkConfiguration,
  };
}

function deploymentView(ecs: EcsContext, service: Service, deployment: Deployment): JsonObject {
  const tasks = tasksOf(ecs, service, deployment);
  const { settings } = deployment.revision;
  return present({
    id: deployment.id,
    status: deployment.status,
    taskDefinition: settings.taskDefinitionArn,
    desiredCount: deployment.desiredCount,
    pendingCount: tasks.filter(isPending).length,
    runningCount: tasks.filter(isRunning).length,
    failedTasks: deployment.failedTasks,
    createdAt: date(deployment.createdAt),
    updatedAt: date(deployment.updatedAt),
    ...placeView(settings),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    serviceConnectConfiguration: settings.serviceConnectConfiguration,
    volumeConfigurations:
      settings.volumeConfigurations.length > 0 ? settings.volumeConfigurations : undefined,
    vpcLatticeConfigurations:
      settings.vpcLatticeConfigurations.length > 0 ? settings.vpcLatticeConfigurations : undefined,
  });
}

/** Task counts of one revision, as `currentServiceRevisions` and the service deployments answer them. */
export function revisionCounts(ecs: EcsContext, service: Service, revision: Revision): JsonObject {
  const tasks = tasksOf(ecs, service).filter((task) => task.owner?.deployment.revision === revision);
  const deployment = service.deployments.find((candidate) => candidate.revision === revision);
  return {
    arn: revision.arn,
    requestedTaskCount: deployment?.desiredCount ?? 0,
    runningTaskCount: tasks.filter(isRunning).length,
    pendingTaskCount: tasks.filter(isPending).length,
  };
}

/** A service as DescribeServices answers it. */
export function serviceView(
  ecs: EcsContext,
  service: Service,
  include: readonly string[] = ["TAGS"],
): JsonObject {
  const tasks = tasksOf(ecs, service);
  const { settings } = service;
  const current = service.serviceDeployments.find((deployment) => deployment.visibleAt <= ecs.clock.now());
  return present({
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    loadBalancers: settings.loadBalancers.map(({ body }) => body),
    serviceRegistries: settings.serviceRegistries,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: tasks.filter(isRunning).length,
    pendingCount: tasks.filter(isPending).length,
    ...placeView(settings),
    taskDefinition: settings.taskDefinitionArn,
    deploymentConfiguration: service.configuration.body,
    deployments: service.deployments.map((deployment) => deploymentView(ecs, service, deployment)),
    roleArn: ecs.arns.role("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
    events: service.events.map(({ id, at, message }) => ({ id, createdAt: date(at), message })),
    createdAt: date(service.createdAt),
    currentServiceDeployment: current?.arn,
    currentServiceRevisions: service.deployments.map(({ revision }) =>
      revisionCounts(ecs, service, revision),
    ),
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    healthCheckGracePeriodSeconds:
      service.healthCheckGracePeriodSeconds ?? (settings.loadBalancers.length > 0 ? 0 : undefined),
    schedulingStrategy: "REPLICA",
    deploymentController: service.explicitController ? { type: service.controller } : undefined,
    tags: include.includes("TAGS") && service.tags.length > 0 ? service.tags : undefined,
    createdBy: service.createdBy,
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
  });
}
