import type { Handler, JsonObject } from "../service.ts";
import { readRevision } from "./app-spec.ts";
import { trafficPlan } from "./configurations.ts";
import type { CodeDeployContext } from "./context.ts";
import { faults, read } from "./faults.ts";
import { applicationOf, deploymentOf, groupOf, isActive } from "./lookup.ts";
import type { Deployment } from "./model.ts";
import { runDeployment } from "./procedure.ts";
import { rollbackEventsIn } from "./rollback-events.ts";
import { newDeployment } from "./start.ts";
import { deploymentView, targetId, targetView } from "./views.ts";

/** Longest description, in characters. */
const longestDescription = 512;
const statuses = ["Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"];
/** Deployments on a page of ListDeployments. */
const pageSize = 100;
/** Deployments that one BatchGetDeployments may name. */
const mostPerBatch = 25;

function create(context: CodeDeployContext): Handler {
  return (input) => {
    const group = groupOf(context, input);
    const revision = readRevision(input);
    const rollsBackOn = rollbackEventsIn(input);
    const description = read.text(input, "description");
    if ((description ?? "").length > longestDescription) throw faults.descriptionTooLong();
    const configuration = read.text(input, "deploymentConfigName") ?? group.configuration;
    trafficPlan(configuration);
    const active = [...context.deployments.values()].find(
      (deployment) => deployment.group === group && isActive(deployment),
    );
    if (active) throw faults.active(group.name, active.id);
    const deployment = newDeployment(context, {
      group,
      configuration,
      revision,
      creator: "user",
      ...(rollsBackOn && { rollsBackOn }),
      ...(description === undefined ? {} : { description }),
    });
    context.background(() => runDeployment(context, deployment));
    return { deploymentId: deployment.id };
  };
}

function list(context: CodeDeployContext): Handler {
  return (input) => {
    const named = read.text(input, "applicationName") !== undefined;
    const application = named ? applicationOf(context, input) : undefined;
    const group = read.text(input, "deploymentGroupName") === undefined ? undefined : groupOf(context, input);
    if (application && !group) throw faults.groupNameRequired();
    const wanted = read.texts(input, "includeOnlyStatuses");
    const unknown = wanted.find((status) => !statuses.includes(status));
    if (unknown !== undefined) throw faults.invalidStatus(unknown);
    const range = read.object(input, "createTimeRange") ?? {};
    const start = read.instant(range, "start") ?? Number.NEGATIVE_INFINITY;
    const end = read.instant(range, "end") ?? Number.POSITIVE_INFINITY;
    if (start > end) throw faults.invalidRange();
    const found = [...context.deployments.values()]
      .filter((deployment) => group === undefined || deployment.group === group)
      .filter(({ status }) => wanted.length === 0 || wanted.includes(status))
      .filter(({ createdAt }) => createdAt >= start && createdAt <= end)
      .toReversed();
    const offset = Number(read.text(input, "nextToken") ?? "0");
    if (!Number.isInteger(offset)) throw faults.invalidToken();
    const next = offset + pageSize;
    return {
      deployments: found.slice(offset, next).map(({ id }) => id),
      ...(next < found.length && { nextToken: String(next) }),
    };
  };
}

/** A wish to stop is carried out at the deployment's next look; whoever asks again is told the same. */
function stop(context: CodeDeployContext): Handler {
  return (input) => {
    const deployment = deploymentOf(context, input);
    if (!isActive(deployment)) throw faults.completed(deployment.id);
    deployment.interruption ??= {
      status: "Stopped",
      code: "MANUAL_STOP",
      message: `The deployment ${deployment.id} was stopped by a user.`,
      rollsBack:
        read.flag(input, "autoRollbackEnabled") ?? deployment.rollsBackOn.has("DEPLOYMENT_STOP_ON_REQUEST"),
    };
    return {
      status: "Pending",
      statusMessage: "The deployment will be stopped when its present lifecycle event can be interrupted.",
    };
  };
}

function proceed(context: CodeDeployContext): Handler {
  return (input) => {
    const deployment = deploymentOf(context, input);
    if (!isActive(deployment)) throw faults.completed(deployment.id);
    const type = read.text(input, "deploymentWaitType") ?? "READY_WAIT";
    if (type === "READY_WAIT") {
      if (deployment.status !== "Ready") throw faults.notReady(deployment.id);
      deployment.continued.add(type);
    } else if (type === "TERMINATION_WAIT") {
      if (!deployment.terminationWaitBegan) throw faults.invalidWaitType(type);
      deployment.continued.add(type);
    } else throw faults.invalidWaitType(type);
    return {};
  };
}

const started = (deployment: Deployment): Deployment => {
  if (deployment.startedAt === undefined && isActive(deployment)) throw faults.notStarted(deployment.id);
  return deployment;
};

function targets(context: CodeDeployContext): Handler {
  return (input) => {
    const deployment = started(deploymentOf(context, input));
    const ids = read.texts(input, "targetIds");
    if (ids.length === 0) throw faults.targetIdRequired();
    const stranger = ids.find((id) => id !== targetId(deployment));
    if (stranger !== undefined) throw faults.noTarget(stranger);
    return { deploymentTargets: [targetView(context, deployment)] };
  };
}

function oneTarget(context: CodeDeployContext): Handler {
  return (input) => {
    const deployment = started(deploymentOf(context, input));
    const id = read.text(input, "targetId");
    if (!id) throw faults.targetIdRequired();
    if (id !== targetId(deployment)) throw faults.noTarget(id);
    return { deploymentTarget: targetView(context, deployment) };
  };
}

function batch(context: CodeDeployContext): Handler {
  return (input) => {
    const ids = read.texts(input, "deploymentIds");
    if (ids.length === 0) throw faults.deploymentIdRequired();
    if (ids.length > mostPerBatch) throw faults.tooMany(ids.length, mostPerBatch);
    const found = ids.flatMap((id) => context.deployments.get(id) ?? []);
    return { deploymentsInfo: found.map(deploymentView) };
  };
}

function reportHook(context: CodeDeployContext): Handler {
  return (input: JsonObject) => {
    const deployment = deploymentOf(context, input);
    const id = read.text(input, "lifecycleEventHookExecutionId") ?? "";
    const execution = deployment.hooks.get(id);
    if (!execution) throw faults.hookId(id);
    const status = read.text(input, "status");
    if (status !== "Succeeded" && status !== "Failed") throw faults.hookStatus(status ?? "");
    execution.answer = status;
    return { lifecycleEventHookExecutionId: id };
  };
}

/** Deployments, their targets and what can be done to them. */
export const deploymentHandlers = (context: CodeDeployContext): Record<string, Handler> => ({
  CreateDeployment: create(context),
  GetDeployment: (input) => ({ deploymentInfo: deploymentView(deploymentOf(context, input)) }),
  BatchGetDeployments: batch(context),
  ListDeployments: list(context),
  StopDeployment: stop(context),
  ContinueDeployment: proceed(context),
  ListDeploymentTargets: (input) => ({ targetIds: [targetId(started(deploymentOf(context, input)))] }),
  BatchGetDeploymentTargets: targets(context),
  GetDeploymentTarget: oneTarget(context),
  PutLifecycleEventHookExecutionStatus: reportHook(context),
});
