import { DescribeServicesCommand, type Service, type TaskSet } from "@aws-sdk/client-ecs";
import { ask, type Caller } from "../api/caller.ts";
import type { ServiceAddress } from "../api/services.ts";
import type { LaunchSettings } from "./request.ts";

/** Reads the settings that a service gives its one-off tasks; `undefined` when there is no such service (yet). */
export async function readLaunchSettings(
  caller: Caller,
  address: ServiceAddress,
): Promise<LaunchSettings | undefined> {
  const { cluster, service } = address;
  const answer = await ask(caller, "ecs:DescribeServices", (options) =>
    caller.client.send(new DescribeServicesCommand({ cluster, services: [service] }), options),
  );
  const [found] = answer.services ?? [];
  return found && found.status !== "INACTIVE" ? settingsOf(found) : undefined;
}

/** With CODE_DEPLOY and EXTERNAL controllers the settings stand in the service's task sets. */
export function settingsOf(service: Service): LaunchSettings {
  const primary = service.taskSets?.find((set) => set.status === "PRIMARY") ?? service.taskSets?.[0];
  const from: Pick<Service | TaskSet, "launchType" | "capacityProviderStrategy" | "platformVersion"> =
    service.launchType === undefined && !service.capacityProviderStrategy?.length
      ? (primary ?? service)
      : service;
  const network = (service.networkConfiguration ?? primary?.networkConfiguration)?.awsvpcConfiguration;
  return {
    service: service.serviceName ?? "",
    subnets: network?.subnets ?? [],
    securityGroups: network?.securityGroups ?? [],
    assignPublicIp: network?.assignPublicIp,
    launchType: from.launchType,
    capacityProviders: (from.capacityProviderStrategy ?? []).map((item) => ({ ...item })),
    platformVersion: from.platformVersion,
    executeCommand: service.enableExecuteCommand === true,
    managedTags: service.enableECSManagedTags === true,
    placementConstraints: (service.placementConstraints ?? []).map((item) => ({ ...item })),
    placementStrategy: (service.placementStrategy ?? []).map((item) => ({ ...item })),
  };
}
