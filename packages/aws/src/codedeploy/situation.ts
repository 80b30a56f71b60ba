import { ShipError } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import { describeService, type ServiceState } from "../ecs/api/services.ts";
import type { TaskSet } from "../ecs/api/task-sets.ts";
import type { CodeDeployCaller } from "./api/caller.ts";
import { type DeploymentGroup, type GroupName, getDeploymentGroup } from "./api/deployment-groups.ts";
import { type CodeDeployment, listDeployments } from "./api/deployments.ts";
import { definitionsIn } from "./app-spec.ts";
import type { CodeDeployRequest } from "./settings.ts";

/** The service and its deployment group as they were found. */
export interface CodeDeploySituation {
  readonly service: ServiceState;
  readonly primary: TaskSet | undefined;
  readonly name: GroupName;
  readonly group: DeploymentGroup;
  /** The deployment that still moves; a group has one at most. */
  readonly active: CodeDeployment | undefined;
}

/** Last part of an ARN; a name stays itself. */
export const nameIn = (nameOrArn: string) => nameOrArn.split("/").at(-1) ?? nameOrArn;

/** Application and deployment group, by input or by the names that the ECS console gives them. */
export function groupNameOf({ address, settings }: CodeDeployRequest): GroupName {
  const suffix = `ECS-${nameIn(address.cluster)}-${nameIn(address.service)}`;
  return { application: settings.application ?? `App${suffix}`, group: settings.group ?? `Dgp${suffix}` };
}

/**
 * Reads the service, its deployment group and the deployment under way.
 * @throws ShipError `NOT_FOUND`, or `INPUT_INVALID` for a service that CodeDeploy does not deploy and a group of another one
 */
export async function readCodeDeploySituation(
  caller: Caller,
  codeDeploy: CodeDeployCaller,
  request: CodeDeployRequest,
): Promise<CodeDeploySituation> {
  const service = await describeService(caller, request.address);
  if (service.controller !== "CODE_DEPLOY") {
    throw new ShipError(
      "INPUT_INVALID",
      `strategy is "codedeploy", but the service ${service.name} has the deployment controller ${service.controller}; CodeDeploy deploys services of the controller CODE_DEPLOY only.`,
      { hint: "Leave `strategy` out to deploy through the service's own controller." },
    );
  }
  const name = groupNameOf(request);
  const [group, [active]] = await Promise.all([
    getDeploymentGroup(codeDeploy, name),
    listDeployments(codeDeploy, name, { active: true }),
  ]);
  checkGroup(service, name, group);
  return { service, primary: primaryOf(service), name, group, active };
}

/** The task set that serves production traffic. */
export const primaryOf = (service: ServiceState): TaskSet | undefined =>
  service.taskSets.find((set) => set.status === "PRIMARY");

function checkGroup(service: ServiceState, name: GroupName, group: DeploymentGroup): void {
  const cluster = nameIn(service.clusterArn);
  const isIts = group.services.some(
    (other) => nameIn(other.cluster) === cluster && nameIn(other.service) === service.name,
  );
  if (isIts || group.services.length === 0) return;
  const others = group.services.map((other) => `${other.cluster}/${other.service}`).join(", ");
  throw new ShipError(
    "INPUT_INVALID",
    `The deployment group ${name.group} of ${name.application} deploys ${others}, not ${cluster}/${service.name}.`,
    { hint: "Name the service's own group in `codedeploy-deployment-group` and `codedeploy-application`." },
  );
}

/** True for a deployment of this very revision that somebody asked for, whichever run that was. */
export function deploys(
  deployment: CodeDeployment,
  taskDefinition: string | undefined,
  service: ServiceState,
): boolean {
  if (taskDefinition === undefined || deployment.creator === "codeDeployRollback") return false;
  const named = definitionsIn(deployment.content);
  if (named.length > 0)
    return named.every((name) => name === taskDefinition || name === nameIn(taskDefinition));
  return service.taskSets.some(
    (set) => set.deployment === deployment.id && set.taskDefinition === taskDefinition,
  );
}
