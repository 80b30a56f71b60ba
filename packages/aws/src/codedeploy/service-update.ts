import { ShipError } from "#ship/kit";
import type { ServiceState, ServiceUpdate } from "../ecs/api/services.ts";
import { changedConfiguration, changedMembers } from "../ecs/deploy/settings.ts";
import type { CodeDeployRequest } from "./settings.ts";

/** What UpdateService takes for a service of the controller CODE_DEPLOY (API reference, UpdateService). */
const members = [
  "healthCheckGracePeriodSeconds",
  "placementConstraints",
  "placementStrategy",
  "enableECSManagedTags",
  "propagateTags",
];
const configuration = ["minimumHealthyPercent", "maximumPercent"];

/**
 * Refuses what only Amazon ECS's own controller could do, rather than leave it out silently.
 * @throws ShipError `INPUT_INVALID` naming every such member
 */
export function checkServiceUpdate(service: ServiceState, { asked }: CodeDeployRequest): void {
  const foreign = [
    ...Object.keys(asked.members).filter((member) => !members.includes(member)),
    ...Object.keys(asked.configuration)
      .filter((member) => !configuration.includes(member))
      .map((member) => `deploymentConfiguration.${member}`),
  ];
  if (foreign.length === 0) return;
  throw new ShipError(
    "INPUT_INVALID",
    `CodeDeploy deploys the service ${service.name}, so Amazon ECS does not take ${foreign.join(", ")} for it; it takes desiredCount, ${[...members, ...configuration].join(", ")}.`,
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
