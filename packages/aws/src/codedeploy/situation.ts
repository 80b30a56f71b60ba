import { ShipError } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import { lookUpServices, type ServiceState } from "../ecs/api/services.ts";
import { primaryOf, servingDefinition, type TaskSet } from "../ecs/api/task-sets.ts";
import type { CodeDeployCaller } from "./api/caller.ts";
import { type DeploymentGroup, type GroupName, getDeploymentGroup } from "./api/deployment-groups.ts";
import { type CodeDeployment, listDeployments } from "./api/deployments.ts";
import { definitionsIn } from "./app-spec.ts";
import type { CodeDeployRequest } from "./settings.ts";

/** The service and its deployment group as they were found. */
export interface CodeDeploySituation {
  readonly service: ServiceState;
  readonly primary: TaskSet | undefined;
  /** ARN of what serves production traffic. */
  readonly serving: string | undefined;
  readonly name: GroupName;
  readonly group: DeploymentGroup;
  /** The deployment that still moves; a group has one at most. */
  readonly active: CodeDeployment | undefined;
}

/** Last part of an ARN; a name stays itself. */
export const nameIn = (nameOrArn: string) => nameOrArn.split("/").at(-1) ?? nameOrArn;

/** Longest name of an application or a deployment group, in characters (API reference, ApplicationName). */
const longestName = 100;

/**
 * Application and deployment group, by input or by the names that the ECS console gives them.
 * @throws ShipError `INPUT_INVALID` where the service's name makes these longer than CodeDeploy takes
 */
export function groupNameOf({ address, settings }: CodeDeployRequest): GroupName {
  const suffix = `ECS-${nameIn(address.cluster)}-${nameIn(address.service)}`;
  const name = {
    application: settings.application ?? `App${suffix}`,
    group: settings.group ?? `Dgp${suffix}`,
  };
  const tooLong = Object.values(name).find(({ length }) => length > longestName);
  if (tooLong === undefined) return name;
  throw new ShipError(
    "INPUT_INVALID",
    `The usual name ${tooLong} has ${tooLong.length} characters, and CodeDeploy takes ${longestName}, so the names of this service's application and deployment group cannot be told.`,
    { hint: "Name them in `codedeploy-application` and `codedeploy-deployment-group`." },
  );
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
  const { cluster, service: wanted } = request.address;
  const [service] = await lookUpServices(caller, cluster, [wanted], ["TAGS"]);
  if (service === undefined) throw new ShipError("NOT_FOUND", `The service ${wanted} does not exist.`);
  if ("absent" in service) throw service.error;
  if (service.controller !== "CODE_DEPLOY") {
    throw new ShipError(
      "INPUT_INVALID",
      `strategy is "codedeploy", but the service ${service.name} has the deployment controller ${service.controller}; CodeDeploy deploys services of the controller CODE_DEPLOY only.`,
      {
        hint: "Leave `strategy` out, or set it to `rolling`, `blue-green`, `linear` or `canary`, to deploy through the service's own controller.",
      },
    );
  }
  const name = groupNameOf(request);
  // First, because it is the group's absence that is told best.
  const group = await getDeploymentGroup(codeDeploy, name);
  const [active] = await listDeployments(codeDeploy, name, { active: true });
  checkGroup(service, name, group);
  return {
    service,
    primary: primaryOf(service),
    serving: servingDefinition(service),
    name,
    group,
    active,
  };
}

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
