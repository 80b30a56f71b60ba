import type { JsonObject } from "../service.ts";
import type { CodeDeployContext } from "./context.ts";
import { read } from "./faults.ts";
import type { Deployment, DeploymentGroup, LifecycleEvent } from "./model.ts";

const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at));

function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const revisionView = ({ content, sha256 }: Deployment["revision"]) => ({
  revisionType: "AppSpecContent",
  appSpecContent: { content, sha256 },
});

/** How the one target of an ECS deployment fares. */
function targetStatus(deployment: Deployment): "Pending" | "InProgress" | "Ready" | "Succeeded" | "Failed" {
  if (deployment.status === "Created" || deployment.status === "Queued") return "Pending";
  return deployment.status === "Stopped" ? "Failed" : deployment.status;
}

function overview(deployment: Deployment): JsonObject {
  const status = targetStatus(deployment);
  const counts = { Pending: 0, InProgress: 0, Succeeded: 0, Failed: 0, Skipped: 0, Ready: 0 };
  return { ...counts, [status]: 1 };
}

/** The waits of a group, with the times that CodeDeploy answers though nobody gave them; the AWS command line reads them. */
export function waitsView({ body }: DeploymentGroup): JsonObject {
  const waits = read.object(body, "blueGreenDeploymentConfiguration") ?? {};
  const ready = read.object(waits, "deploymentReadyOption") ?? { actionOnTimeout: "CONTINUE_DEPLOYMENT" };
  const end = read.object(waits, "terminateBlueInstancesOnDeploymentSuccess") ?? { action: "TERMINATE" };
  return {
    deploymentReadyOption: { waitTimeInMinutes: 0, ...ready },
    terminateBlueInstancesOnDeploymentSuccess: { terminationWaitTimeInMinutes: 0, ...end },
  };
}

/** A deployment as GetDeployment answers it. */
export function deploymentView(deployment: Deployment): JsonObject {
  const { group, rollback, rollsBackOn, triggeredBy, error } = deployment;
  return present({
    applicationName: group.application,
    deploymentGroupName: group.name,
    deploymentConfigName: deployment.configuration,
    deploymentId: deployment.id,
    previousRevision: deployment.previous && revisionView(deployment.previous.revision),
    revision: revisionView(deployment.revision),
    status: deployment.status,
    errorInformation: error,
    createTime: date(deployment.createdAt),
    startTime: date(deployment.startedAt),
    completeTime: date(deployment.completedAt),
    deploymentOverview: overview(deployment),
    description: deployment.description,
    creator: deployment.creator,
    ignoreApplicationStopFailures: false,
    autoRollbackConfiguration: { enabled: rollsBackOn.size > 0, events: [...rollsBackOn] },
    updateOutdatedInstancesOnly: false,
    rollbackInfo:
      rollback || triggeredBy !== undefined
        ? present({
            rollbackDeploymentId: rollback?.deployment,
            rollbackTriggeringDeploymentId: triggeredBy,
            rollbackMessage: rollback?.message,
          })
        : undefined,
    deploymentStyle: group.body["deploymentStyle"],
    instanceTerminationWaitTimeStarted: deployment.terminationWaitBegan,
    blueGreenDeploymentConfiguration: waitsView(group),
    loadBalancerInfo: group.body["loadBalancerInfo"],
    fileExistsBehavior: "DISALLOW",
    deploymentStatusMessages: [],
    computePlatform: "ECS",
  });
}

function eventView(event: LifecycleEvent): JsonObject {
  return present({
    lifecycleEventName: event.name,
    status: event.status,
    startTime: date(event.startedAt),
    endTime: date(event.endedAt),
    diagnostics: event.diagnostics,
  });
}

/** The id of an ECS deployment's one target. */
export const targetId = ({ group }: Deployment) => `${group.cluster}:${group.service}`;

function taskSetViews(context: CodeDeployContext, deployment: Deployment): JsonObject[] {
  const { serviceArn, blue, green, group } = deployment;
  if (serviceArn === undefined) return [];
  const ours = context.taskSets.of(serviceArn).filter(({ id }) => id === blue || id === green);
  return ours.map((set) => {
    const name = group.routes.targetGroups.find(
      (candidate) => context.routes.targetGroupNamed(candidate) === set.targetGroupArn,
    );
    const isGreen = set.id === green;
    return present({
      identifer: set.id,
      desiredCount: set.desired,
      pendingCount: set.pending,
      runningCount: set.running,
      status: set.status,
      trafficWeight: isGreen ? deployment.traffic : 100 - deployment.traffic,
      targetGroup: name === undefined ? undefined : { name },
      taskSetLabel: isGreen ? "Green" : "Blue",
    });
  });
}

/** The target as BatchGetDeploymentTargets answers it. */
export function targetView(context: CodeDeployContext, deployment: Deployment): JsonObject {
  const times = deployment.events.flatMap(({ startedAt, endedAt }) => [startedAt ?? 0, endedAt ?? 0]);
  return {
    deploymentTargetType: "ECSTarget",
    ecsTarget: present({
      deploymentId: deployment.id,
      targetId: targetId(deployment),
      targetArn: deployment.serviceArn,
      lastUpdatedAt: date(Math.max(deployment.createdAt, ...times)),
      lifecycleEvents: deployment.events.map(eventView),
      status: targetStatus(deployment),
      taskSetsInfo: taskSetViews(context, deployment),
    }),
  };
}
