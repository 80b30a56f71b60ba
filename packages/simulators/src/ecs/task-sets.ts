import type { JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { maintain } from "./deployments/rolling.ts";
import { record } from "./events.ts";
import { deploymentId } from "./identifiers.ts";
import { date, present } from "./input.ts";
import type { Deployment, LoadBalancerBinding, Service } from "./model.ts";
import { definitionOf } from "./service-settings.ts";
import { isPending, isRunning, tasksOf } from "./service-views.ts";
import { lookUpService, usableTaskDefinition } from "./state.ts";
import type { Survey } from "./survey.ts";

/** A task set to create beside the one that serves. */
export interface TaskSetOrder {
  /** ARN or `family:revision`. */
  readonly taskDefinition: string;
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  readonly platformVersion?: string;
  readonly capacityProviderStrategy?: readonly JsonObject[];
  readonly networkConfiguration?: JsonObject;
  /** Id of the CodeDeploy deployment. */
  readonly externalId: string;
}

/** A task set as CodeDeploy sees it. */
export interface TaskSetState {
  /** `ecs-svc/…` */
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE" | "DRAINING";
  readonly taskDefinition: string;
  readonly targetGroupArn: string | undefined;
  readonly desired: number;
  readonly pending: number;
  readonly running: number;
  /** Every task of it runs and passes its checks. */
  readonly steady: boolean;
}

/** What CodeDeploy does to the task sets of a service whose controller is CODE_DEPLOY. */
export interface TaskSets {
  /** The service's controller and ARN; `undefined` when it is not there or not ACTIVE. */
  find(cluster: string, service: string): { readonly arn: string; readonly controller: string } | undefined;
  of(serviceArn: string): readonly TaskSetState[];
  /** Answers the id. @throws ServiceFault as CreateTaskSet would */
  create(serviceArn: string, order: TaskSetOrder): string;
  makePrimary(serviceArn: string, id: string): void;
  /** Scales to zero; the set leaves the list when its last task is gone. */
  remove(serviceArn: string, id: string): void;
}

function bindingOf(order: TaskSetOrder): LoadBalancerBinding {
  const { targetGroupArn, containerName, containerPort } = order;
  return {
    body: { targetGroupArn, containerName, containerPort },
    targetGroupArn,
    containerName,
    containerPort,
  };
}

function newTaskSet(ecs: EcsContext, service: Service, status: Deployment["status"]): Deployment {
  const id = deploymentId();
  const now = ecs.clock.now();
  return {
    id,
    revision: {
      arn: ecs.arns.serviceRevision(service.cluster.name, service.name, id),
      createdAt: now,
      settings: service.settings,
      targetGroupArns: service.settings.loadBalancers.map((binding) => binding.targetGroupArn),
    },
    status,
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: "",
    desiredCount: service.desiredCount,
    failedTasks: 0,
    launches: true,
    failuresInRow: 0,
    nextLaunchAt: now,
    createdAt: now,
    updatedAt: now,
  };
}

/** CreateService under CODE_DEPLOY makes the first task set; there are no service deployments. */
export function startFirstTaskSet(ecs: EcsContext, service: Service): void {
  service.deployments = [newTaskSet(ecs, service, "PRIMARY")];
}

/** One look of the scheduler: each task set is kept at its count, and empty ones that shall go leave the list. */
export function followTaskSets(ecs: EcsContext, service: Service, look: Survey): void {
  for (const set of service.deployments) {
    if (set.desiredCount > 0) set.desiredCount = service.desiredCount;
    maintain(ecs, service, look, set, Number.POSITIVE_INFINITY);
  }
  service.deployments = service.deployments.filter((set) => set.status === "PRIMARY" || isKept(set, look));
}

const isKept = (set: Deployment, look: Survey) => !set.isRemoved || look.occupied(set);

const statusOf = (set: Deployment) => (set.isRemoved ? "DRAINING" : set.status);

function isSteady(ecs: EcsContext, service: Service, set: Deployment): boolean {
  const running = tasksOf(ecs, service, set).filter(
    (task) => isRunning(task) && task.healthyAt !== undefined && task.desiredStatus === "RUNNING",
  );
  return running.length === set.desiredCount && !set.isRemoved;
}

/** A task set as DescribeServices answers it. */
function taskSetView(ecs: EcsContext, service: Service, set: Deployment): JsonObject {
  const tasks = tasksOf(ecs, service, set);
  const { settings } = set.revision;
  const byStrategy = settings.capacityProviderStrategy.length > 0;
  return present({
    id: set.id,
    taskSetArn: `${service.arn.replace(":service/", ":task-set/")}/${set.id}`,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    startedBy: set.externalId === undefined ? undefined : "CODE_DEPLOY",
    externalId: set.externalId,
    status: statusOf(set),
    taskDefinition: settings.taskDefinitionArn,
    computedDesiredCount: set.desiredCount,
    pendingCount: tasks.filter(isPending).length,
    runningCount: tasks.filter(isRunning).length,
    createdAt: date(set.createdAt),
    updatedAt: date(set.updatedAt),
    launchType: byStrategy ? undefined : settings.launchType,
    capacityProviderStrategy: byStrategy ? settings.capacityProviderStrategy : undefined,
    platformVersion: settings.platformVersion,
    networkConfiguration: settings.networkConfiguration,
    loadBalancers: settings.loadBalancers.map(({ body }) => body),
    serviceRegistries: settings.serviceRegistries,
    scale: { value: set.isRemoved ? 0 : 100, unit: "PERCENT" },
    stabilityStatus: isSteady(ecs, service, set) ? "STEADY_STATE" : "STABILIZING",
    stabilityStatusAt: date(ecs.clock.now()),
  });
}

/** What DescribeServices shows instead of deployments for a service that CodeDeploy deploys. */
export function taskSetMembers(ecs: EcsContext, service: Service): JsonObject {
  if (service.controller !== "CODE_DEPLOY") return {};
  return {
    deployments: [],
    taskSets: service.deployments.map((set) => taskSetView(ecs, service, set)),
    currentServiceRevisions: undefined,
  };
}

/** The task sets of one simulated ECS, for its CodeDeploy. */
export function taskSetsOf(ecs: EcsContext): TaskSets {
  const serviceOf = (arn: string) => {
    const service = ecs.state.services.get(arn);
    if (!service) throw new Error(`There is no service ${arn}.`);
    return service;
  };
  const setOf = (service: Service, id: string) => service.deployments.find((set) => set.id === id);
  return {
    find(clusterName, name) {
      const cluster = ecs.state.clusters.get(clusterName);
      const service = cluster && lookUpService(ecs.state, cluster, name);
      return service?.status === "ACTIVE" ? { arn: service.arn, controller: service.controller } : undefined;
    },
    of(serviceArn) {
      const service = ecs.state.services.get(serviceArn);
      if (!service) return [];
      return service.deployments.map((set) => {
        const tasks = tasksOf(ecs, service, set);
        return {
          id: set.id,
          status: statusOf(set),
          taskDefinition: set.revision.settings.taskDefinitionArn,
          targetGroupArn: set.revision.targetGroupArns[0],
          desired: set.desiredCount,
          pending: tasks.filter(isPending).length,
          running: tasks.filter(isRunning).length,
          steady: isSteady(ecs, service, set),
        };
      });
    },
    create(serviceArn, order) {
      const service = serviceOf(serviceArn);
      const definition = usableTaskDefinition(ecs.state, order.taskDefinition);
      const { capacityProviderStrategy, platformVersion, networkConfiguration } = order;
      const base = newTaskSet(ecs, service, "ACTIVE");
      const set: Deployment = {
        ...base,
        externalId: order.externalId,
        revision: {
          ...base.revision,
          settings: {
            ...service.settings,
            taskDefinitionArn: definition.arn,
            loadBalancers: [bindingOf(order)],
            ...(capacityProviderStrategy && { capacityProviderStrategy }),
            ...(platformVersion !== undefined && { platformVersion }),
            ...(networkConfiguration && { networkConfiguration }),
          },
          targetGroupArns: [order.targetGroupArn],
        },
      };
      service.deployments = [...service.deployments, set];
      return set.id;
    },
    makePrimary(serviceArn, id) {
      const service = serviceOf(serviceArn);
      const primary = setOf(service, id);
      if (!primary) return;
      for (const set of service.deployments) set.status = set === primary ? "PRIMARY" : "ACTIVE";
      service.deployments = [primary, ...service.deployments.filter((set) => set !== primary)];
      primary.updatedAt = ecs.clock.now();
      if (definitionOf(ecs, primary.revision.settings)) service.settings = primary.revision.settings;
      record(ecs, service, `updated the primary task set to ${id}.`);
    },
    remove(serviceArn, id) {
      const set = setOf(serviceOf(serviceArn), id);
      if (!set || set.status === "PRIMARY") return;
      set.isRemoved = true;
      set.desiredCount = 0;
      set.updatedAt = ecs.clock.now();
    },
  };
}
