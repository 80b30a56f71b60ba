import { randomUUID } from "node:crypto";
import type { Handler, JsonObject } from "../service.ts";
import { configurationView, trafficPlan, usualConfiguration } from "./configurations.ts";
import type { CodeDeployContext } from "./context.ts";
import { faults, read } from "./faults.ts";
import { applicationNameIn, applicationOf, groupNameIn, groupOf, isActive } from "./lookup.ts";
import type { Application, Deployment, DeploymentGroup, Routes } from "./model.ts";
import { rollbackEventsIn } from "./rollback-events.ts";
import { waitsView } from "./views.ts";

/** Longest wait for the termination of the original tasks, in minutes (BlueInstanceTerminationOption in the API reference). */
const longestTerminationWait = 2_880;

function routesOf(context: CodeDeployContext, input: JsonObject): Routes {
  const info = read.object(input, "loadBalancerInfo") ?? {};
  const [pair, ...others] = read.objects(info, "targetGroupPairInfoList");
  if (!pair || others.length > 0)
    throw faults.invalidPair("An Amazon ECS deployment group needs exactly one target group pair.");
  const names = read.objects(pair, "targetGroups").map((group) => read.requiredText(group, "name"));
  const [first, second] = names;
  if (first === undefined || second === undefined || names.length > 2)
    throw faults.invalidPair("A target group pair needs exactly two target groups.");
  const missing = names.find((name) => context.routes.targetGroupNamed(name) === undefined);
  if (missing !== undefined) throw faults.invalidPair(`The target group ${missing} does not exist.`);
  const listeners = (route: string) => read.texts(read.object(pair, route) ?? {}, "listenerArns");
  const production = listeners("prodTrafficRoute");
  if (production.length !== 1) throw faults.invalidPair("prodTrafficRoute needs exactly one listener.");
  return { targetGroups: [first, second], production, test: listeners("testTrafficRoute") };
}

function waitsOf(input: JsonObject): Pick<DeploymentGroup, "readyWait" | "terminationWait"> {
  const blueGreen = read.object(input, "blueGreenDeploymentConfiguration");
  if (!blueGreen)
    throw faults.invalidBlueGreen("An Amazon ECS deployment group needs a blueGreenDeploymentConfiguration.");
  const ready = read.object(blueGreen, "deploymentReadyOption") ?? {};
  const stops = read.text(ready, "actionOnTimeout") === "STOP_DEPLOYMENT";
  const termination = read.object(blueGreen, "terminateBlueInstancesOnDeploymentSuccess") ?? {};
  const keeps = read.text(termination, "action") === "KEEP_ALIVE";
  return {
    ...(stops && { readyWait: read.whole(ready, "waitTimeInMinutes", 0, longestTerminationWait) ?? 0 }),
    ...(!keeps && {
      terminationWait:
        read.whole(termination, "terminationWaitTimeInMinutes", 0, longestTerminationWait) ?? 0,
    }),
  };
}

function serviceOf(context: CodeDeployContext, input: JsonObject) {
  const [service, ...others] = read.objects(input, "ecsServices");
  if (!service || others.length > 0)
    throw faults.invalidService("An Amazon ECS deployment group needs exactly one service.");
  const cluster = read.requiredText(service, "clusterName");
  const name = read.requiredText(service, "serviceName");
  const found = context.taskSets.find(cluster, name);
  if (!found) throw faults.invalidService(`The ECS service ${name} is not in the cluster ${cluster}.`);
  if (found.controller !== "CODE_DEPLOY")
    throw faults.invalidService(
      `The ECS service ${name} must be configured for a CODE_DEPLOY deployment controller.`,
    );
  return { cluster, service: name };
}

function newGroup(context: CodeDeployContext, application: Application, input: JsonObject): DeploymentGroup {
  const style = read.object(input, "deploymentStyle") ?? {};
  if (
    read.text(style, "deploymentType") !== "BLUE_GREEN" ||
    read.text(style, "deploymentOption") !== "WITH_TRAFFIC_CONTROL"
  )
    throw faults.invalidStyle("Amazon ECS deployments are BLUE_GREEN and WITH_TRAFFIC_CONTROL.");
  const configuration = read.text(input, "deploymentConfigName") ?? usualConfiguration;
  trafficPlan(configuration);
  const alarms = read.object(input, "alarmConfiguration") ?? {};
  if (read.flag(alarms, "enabled") && read.objects(alarms, "alarms").length === 0)
    throw faults.invalidAlarms("Alarms are enabled, but none is named.");
  const { tags: _, ...body } = input;
  return {
    id: randomUUID(),
    application: application.name,
    name: read.requiredText(input, "deploymentGroupName"),
    serviceRoleArn: read.requiredText(input, "serviceRoleArn"),
    configuration,
    ...serviceOf(context, input),
    routes: routesOf(context, input),
    ...waitsOf(input),
    rollsBackOn: rollbackEventsIn(input) ?? new Set(),
    alarms: read.flag(alarms, "enabled")
      ? read.objects(alarms, "alarms").map((alarm) => read.requiredText(alarm, "name"))
      : [],
    body,
  };
}

function lastView(deployment: Deployment | undefined): JsonObject | undefined {
  return (
    deployment && {
      deploymentId: deployment.id,
      status: deployment.status,
      createTime: new Date(deployment.createdAt),
      ...(deployment.completedAt !== undefined && { endTime: new Date(deployment.completedAt) }),
    }
  );
}

function groupView(context: CodeDeployContext, group: DeploymentGroup): JsonObject {
  const deployments = [...context.deployments.values()].filter((deployment) => deployment.group === group);
  const succeeded = lastView(deployments.findLast(({ status }) => status === "Succeeded"));
  const attempted = lastView(deployments.at(-1));
  return {
    ...group.body,
    blueGreenDeploymentConfiguration: waitsView(group),
    deploymentGroupId: group.id,
    deploymentConfigName: group.configuration,
    computePlatform: "ECS",
    ...(succeeded && { lastSuccessfulDeployment: succeeded }),
    ...(attempted && { lastAttemptedDeployment: attempted }),
  };
}

/** Applications, deployment groups and configurations. */
export const groupHandlers = (context: CodeDeployContext): Record<string, Handler> => ({
  CreateApplication(input) {
    const name = applicationNameIn(input);
    const platform = read.text(input, "computePlatform") ?? "Server";
    if (platform !== "ECS") throw faults.invalidPlatform(platform);
    if (context.applications.has(name)) throw faults.applicationExists(name);
    const application = { id: randomUUID(), name, createdAt: context.clock.now(), groups: new Map() };
    context.applications.set(name, application);
    return { applicationId: application.id };
  },
  ListApplications: () => ({ applications: [...context.applications.keys()] }),
  GetApplication(input) {
    const { id, name, createdAt } = applicationOf(context, input);
    return {
      application: {
        applicationId: id,
        applicationName: name,
        createTime: new Date(createdAt),
        linkedToGitHub: false,
        computePlatform: "ECS",
      },
    };
  },
  CreateDeploymentGroup(input) {
    const application = applicationOf(context, input);
    const name = groupNameIn(input);
    if (application.groups.has(name)) throw faults.groupExists(name);
    const group = newGroup(context, application, input);
    application.groups.set(group.name, group);
    return { deploymentGroupId: group.id };
  },
  GetDeploymentGroup(input) {
    return { deploymentGroupInfo: groupView(context, groupOf(context, input)) };
  },
  ListDeploymentGroups(input) {
    const { name, groups } = applicationOf(context, input);
    return { applicationName: name, deploymentGroups: [...groups.keys()] };
  },
  DeleteDeploymentGroup(input) {
    const group = groupOf(context, input);
    const active = [...context.deployments.values()].find(
      (deployment) => deployment.group === group && isActive(deployment),
    );
    if (active) throw faults.invalid(`The deployment ${active.id} of the group is still active.`);
    context.applications.get(group.application)?.groups.delete(group.name);
    return { hooksNotCleanedUp: [] };
  },
  GetDeploymentConfig(input) {
    const name = read.text(input, "deploymentConfigName");
    if (!name) throw faults.configurationNameRequired();
    return { deploymentConfigInfo: configurationView(name) };
  },
});
