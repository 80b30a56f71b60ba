import type { EcsContext } from "./context.ts";
import { countFailure } from "./deployments/monitors.ts";
import { record, taskList } from "./events.ts";
import type { Deployment, Service, Task } from "./model.ts";
import { definitionOf } from "./service-settings.ts";
import { isRunning } from "./service-views.ts";
import { requestStop } from "./task-lifecycle.ts";
import { launch, launchPlace, type TaskOrder } from "./task-records.ts";

function tagsFor(
  service: Service,
  deployment: Deployment,
  inherited: readonly Task["tags"][number][],
): Task["tags"] {
  const managed = service.enableECSManagedTags
    ? [
        { key: "aws:ecs:clusterName", value: service.cluster.name },
        { key: "aws:ecs:serviceName", value: service.name },
      ]
    : [];
  const propagated =
    service.propagateTags === "SERVICE"
      ? service.tags
      : service.propagateTags === "TASK_DEFINITION"
        ? inherited
        : [];
  return [
    ...managed,
    ...propagated,
    ...(service.enableECSManagedTags ? [{ key: "aws:ecs:deploymentId", value: deployment.id }] : []),
  ];
}

/** Starts `count` tasks of a deployment unless it has failed or backs off; says so in the service's events. */
export function launchTasks(ecs: EcsContext, service: Service, deployment: Deployment, count: number): void {
  const { settings } = deployment.revision;
  const definition = definitionOf(ecs, settings);
  if (count <= 0 || !deployment.launches || ecs.clock.now() < deployment.nextLaunchAt || !definition) return;
  const refusal = ecs.placement(definition);
  if (refusal !== undefined) {
    record(ecs, service, `was unable to place a task. Reason: ${refusal}.`);
    countFailure(ecs, service, { owner: { service, deployment } });
    return;
  }
  const place = launchPlace(settings.launchType, settings.capacityProviderStrategy);
  const fargate = place.launchType === "FARGATE";
  const order: TaskOrder = {
    ...place,
    group: `service:${service.name}`,
    startedBy: deployment.id,
    owner: { service, deployment },
    overrides: {},
    enableExecuteCommand: service.enableExecuteCommand,
    tags: tagsFor(service, deployment, definition.tags),
    ...(settings.networkConfiguration ? { networkConfiguration: settings.networkConfiguration } : {}),
    ...(fargate ? { platformVersion: platformVersion(settings.platformVersion) } : {}),
  };
  const started = Array.from({ length: count }, () => launch(ecs, service.cluster, definition, order));
  record(ecs, service, `has started ${count} tasks: ${taskList(started)}.`);
}

const platformVersion = (wanted: string | undefined) =>
  wanted === undefined || wanted === "LATEST" ? "1.4.0" : wanted;

/** Stops tasks for the service scheduler and says so in the service's events. */
export function stopTasks(ecs: EcsContext, service: Service, tasks: readonly Task[], reason: string): void {
  const running = tasks.filter(isRunning);
  const pending = tasks.length - running.length;
  for (const task of tasks)
    requestStop(ecs, task, "ServiceSchedulerInitiated", task.unhealthyReason ?? reason);
  if (running.length > 0)
    record(ecs, service, `has stopped ${running.length} running tasks: ${taskList(running)}.`);
  if (pending > 0) record(ecs, service, `stopped ${pending} pending tasks.`);
}

/** The stopped reason of a task that a deployment no longer needs. */
export const scalingReason = (deployment: Deployment) =>
  `Scaling activity initiated by (deployment ${deployment.id})`;
