import type { Handler, JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { failureThreshold } from "./deployments/monitors.ts";
import { conflict, deploymentNotFound, invalid } from "./faults.ts";
import { date, instant, object, present, requiredText, text, texts } from "./input.ts";
import type { Service, ServiceDeployment } from "./model.ts";
import { pageOf } from "./pages.ts";
import { revisionCounts } from "./service-views.ts";
import { findCluster, findService } from "./state.ts";

function brief(service: Service, deployment: ServiceDeployment): JsonObject {
  return present({
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    createdAt: date(deployment.createdAt),
    startedAt: date(deployment.startedAt),
    finishedAt: date(deployment.finishedAt),
    targetServiceRevisionArn: deployment.target.revision.arn,
    status: deployment.status,
    statusReason: deployment.statusReason,
  });
}

function monitors(service: Service, { configuration, breaker, alarms }: ServiceDeployment): JsonObject {
  const watched = alarms.status !== "DISABLED";
  return {
    deploymentCircuitBreaker: present({
      status: breaker.status,
      failureCount: breaker.failureCount,
      threshold: failureThreshold(configuration, service.desiredCount),
    }),
    alarms: watched
      ? {
          status: alarms.status,
          alarmNames: configuration.alarms.names,
          triggeredAlarmNames: alarms.triggered,
        }
      : { status: alarms.status },
  };
}

function view(ecs: EcsContext, service: Service, deployment: ServiceDeployment): JsonObject {
  const { traffic, rollback } = deployment;
  return present({
    ...brief(service, deployment),
    targetServiceRevisionArn: undefined,
    stoppedAt: date(deployment.stoppedAt),
    updatedAt: date(deployment.updatedAt),
    sourceServiceRevisions: deployment.sources.map((revision, index) => ({
      ...revisionCounts(ecs, service, revision),
      ...(traffic && index === 0
        ? {
            requestedProductionTrafficWeight: 100 - traffic.production,
            requestedTestTrafficWeight: 100 - traffic.test,
          }
        : {}),
    })),
    targetServiceRevision: {
      ...revisionCounts(ecs, service, deployment.target.revision),
      ...(traffic
        ? { requestedProductionTrafficWeight: traffic.production, requestedTestTrafficWeight: traffic.test }
        : {}),
    },
    lifecycleStage: deployment.lifecycleStage,
    lifecycleHookDetails: deployment.hooks.map((hook) =>
      present({
        hookId: hook.id,
        targetType: hook.targetType,
        targetArn: hook.targetArn,
        status: hook.status,
        expiresAt: date(hook.expiresAt),
        timeoutAction: hook.timeoutAction,
      }),
    ),
    deploymentConfiguration: deployment.configuration.body,
    rollback: rollback && {
      reason: rollback.reason,
      startedAt: date(rollback.startedAt),
      serviceRevisionArn: rollback.to.revision.arn,
    },
    ...monitors(service, deployment),
  });
}

interface Found {
  readonly service: Service;
  readonly deployment: ServiceDeployment;
}

function find(ecs: EcsContext, arn: string): Found | undefined {
  for (const service of ecs.state.services.values()) {
    const deployment = service.serviceDeployments.find((candidate) => candidate.arn === arn);
    if (deployment && deployment.visibleAt <= ecs.clock.now()) return { service, deployment };
  }
  return undefined;
}

function list(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const service = findService(ecs.state, cluster, requiredText(input, "service"));
    const statuses = texts(input, "status") ?? [];
    const created = object(input, "createdAt") ?? {};
    const after = instant(created, "after") ?? Number.NEGATIVE_INFINITY;
    const before = instant(created, "before") ?? Number.POSITIVE_INFINITY;
    const deployments = service.serviceDeployments
      .filter(({ visibleAt }) => visibleAt <= ecs.clock.now())
      .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
      .filter(({ createdAt }) => createdAt > after && createdAt < before);
    const page = pageOf(input, deployments, { usual: 20, most: 100 });
    return present({
      serviceDeployments: page.items.map((deployment) => brief(service, deployment)),
      nextToken: page.nextToken,
    });
  };
}

function describe(ecs: EcsContext): Handler {
  return (input) => {
    const arns = texts(input, "serviceDeploymentArns") ?? [];
    if (arns.length === 0 || arns.length > 20) {
      throw invalid(`serviceDeploymentArns names ${arns.length} deployments; it must name 1 to 20.`);
    }
    const found = arns.map((arn) => ({ arn, hit: find(ecs, arn) }));
    return {
      serviceDeployments: found.flatMap(({ hit }) => (hit ? [view(ecs, hit.service, hit.deployment)] : [])),
      failures: found.flatMap(({ arn, hit }) => (hit ? [] : [{ arn, reason: "MISSING" }])),
    };
  };
}

const stoppable = ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"];

function stop(ecs: EcsContext): Handler {
  return (input) => {
    const arn = requiredText(input, "serviceDeploymentArn");
    const found = find(ecs, arn);
    if (!found) throw deploymentNotFound(arn);
    const { deployment } = found;
    if (!stoppable.includes(deployment.status)) {
      throw conflict(
        `Service deployment ${arn} cannot be stopped because its status is ${deployment.status}.`,
      );
    }
    const rollingBack = deployment.status.startsWith("ROLLBACK");
    if (text(input, "stopType") === "ABORT") deployment.status = "STOP_REQUESTED";
    else if (!rollingBack) deployment.status = "ROLLBACK_REQUESTED";
    deployment.updatedAt = ecs.clock.now();
    return { serviceDeploymentArn: arn };
  };
}

function proceed(ecs: EcsContext): Handler {
  return (input) => {
    const arn = requiredText(input, "serviceDeploymentArn");
    const found = find(ecs, arn);
    if (!found) throw deploymentNotFound(arn);
    const hookId = requiredText(input, "hookId");
    const hook = found.deployment.hooks.find((candidate) => candidate.id === hookId);
    if (hook?.targetType !== "PAUSE")
      throw invalid(`The lifecycle hook ${hookId} is not a paused hook of this service deployment.`);
    if (hook.status !== "AWAITING_ACTION") {
      throw invalid(`The lifecycle hook ${hookId} does not await an action: its status is ${hook.status}.`);
    }
    const action = text(input, "action") ?? "CONTINUE";
    if (action !== "CONTINUE" && action !== "ROLLBACK")
      throw invalid(`action is ${action}; it must be CONTINUE or ROLLBACK.`);
    hook.status = action === "CONTINUE" ? "SUCCEEDED" : "FAILED";
    found.deployment.updatedAt = ecs.clock.now();
    return { serviceDeploymentArn: arn };
  };
}

export const serviceDeploymentHandlers = (ecs: EcsContext) => ({
  ListServiceDeployments: list(ecs),
  DescribeServiceDeployments: describe(ecs),
  StopServiceDeployment: stop(ecs),
  ContinueServiceDeployment: proceed(ecs),
});
