import { ShipError } from "#ship/kit";
import type { ServiceState, ServiceUpdate } from "../ecs/api/services.ts";
import type { JsonFields } from "../ecs/deploy/request.ts";
import { changedConfiguration, changedMembers } from "../ecs/deploy/settings.ts";
import type { Fields } from "../ecs/task-definition/schema.ts";
import type { CodeDeployRequest } from "./settings.ts";

/**
 * What UpdateService takes for a service of the controller CODE_DEPLOY (API reference, UpdateService), with the value that
 * means what a service without the member has.
 */
const absent: Fields = {
  healthCheckGracePeriodSeconds: 0,
  placementConstraints: [],
  placementStrategy: [],
  enableECSManagedTags: false,
  propagateTags: "NONE",
};
const members = Object.keys(absent);
const configuration = ["minimumHealthyPercent", "maximumPercent"];

/**
 * Refuses what only Amazon ECS's own controller could do, rather than leave it out silently.
 * @throws ShipError `INPUT_INVALID` naming every such member
 */
export function checkServiceUpdate(service: ServiceState, { asked }: CodeDeployRequest): void {
  const foreign = [
    ...Object.keys(asked.members).filter((member) => !members.includes(member)),
    ...foreignConfiguration(asked.configuration),
  ];
  if (foreign.length > 0) throw refused(service.name, foreign);
}

/** Refuses the same of a service that is to be created. @throws ShipError `INPUT_INVALID` */
export function refuseForeignConfiguration(service: string, asked: JsonFields): void {
  const foreign = foreignConfiguration(asked);
  if (foreign.length > 0) throw refused(service, foreign);
}

function foreignConfiguration(asked: JsonFields): string[] {
  const foreign = Object.keys(asked).filter((member) => !configuration.includes(member));
  return foreign.map((member) => `deploymentConfiguration.${member}`);
}

function refused(service: string, foreign: readonly string[]): ShipError {
  return new ShipError(
    "INPUT_INVALID",
    `CodeDeploy deploys the service ${service}, so Amazon ECS does not take ${foreign.join(", ")} for it; it takes desiredCount, ${[...members, ...configuration].join(", ")}.`,
    {
      hint: "Take `strategy`, `circuit-breaker`, `alarms` and what else asks for it out; the deployment group and the AppSpec say how CodeDeploy deploys.",
      details: foreign,
    },
  );
}

/** What is to be sent to UpdateService: only what was asked for and is not there yet. */
export function serviceUpdateOf(
  service: ServiceState,
  { desired, asked }: CodeDeployRequest,
): ServiceUpdate | undefined {
  const changed = changedConfiguration(service, asked.configuration);
  const update = {
    ...(desired !== undefined && desired !== service.desired && { desiredCount: desired }),
    ...changedMembers(service, asked.members),
    ...(changed && { deploymentConfiguration: changed }),
  };
  return Object.keys(update).length === 0 ? undefined : update;
}

/** What the service has where an update changes it, as UpdateService takes it: the way back. */
export function formerSettings(service: ServiceState, update: ServiceUpdate): Fields {
  const former: Fields = {
    ...service.settings,
    desiredCount: service.desired,
    deploymentConfiguration: service.configuration,
  };
  return Object.fromEntries(Object.keys(update).map((member) => [member, former[member] ?? absent[member]]));
}
