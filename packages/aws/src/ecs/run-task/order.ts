import type { RunTaskCommandInput } from "@aws-sdk/client-ecs";
import { ShipError } from "#ship/kit";
import { listOf, textOf } from "../task-definition/members.ts";
import type { Fields } from "../task-definition/schema.ts";
import { type MainContainer, mainContainerOf, requireContainers } from "./main-container.ts";
import type { LaunchSettings, TaskRequest } from "./request.ts";

/** A RunTask call without what only the moment of sending knows, in the words of the API. */
export type TaskOrder = Omit<RunTaskCommandInput, "clientToken" | "startedBy" | "taskDefinition" | "cluster">;

/** Characters that RunTask takes as overrides, the JSON around them included (API reference, RunTask). */
export const overridesLimit = 8_192;

/**
 * Makes the RunTask call of a request: what was asked for, else what the service has, else nothing.
 * @param definition body of the task definition that shall run
 * @param settings of the service; `undefined` without one
 * @throws ShipError `INPUT_INVALID` naming what is missing or too much
 */
export function orderOf(
  request: TaskRequest,
  definition: Fields,
  settings: LaunchSettings | undefined,
): { readonly order: TaskOrder; readonly main: MainContainer } {
  const main = mainContainerOf(definition, request.container);
  const containerOverrides = overridesOf(request, definition, main);
  const launch = launchOf(request, settings);
  const network = networkOf(request, definition, settings);
  const volume = volumeOf(request, definition);
  const managedTags = request.managedTags ?? (settings?.managedTags ? true : undefined);
  return {
    main,
    order: {
      count: request.count,
      ...(containerOverrides.length > 0 && { overrides: { containerOverrides: [...containerOverrides] } }),
      ...launch,
      ...placementOf(launch, settings),
      ...(network && { networkConfiguration: { awsvpcConfiguration: network } }),
      ...(request.tags.length > 0 && { tags: request.tags.map((tag) => ({ ...tag })) }),
      ...(managedTags !== undefined && { enableECSManagedTags: managedTags }),
      ...(settings?.executeCommand && { enableExecuteCommand: true }),
      ...(volume && { volumeConfigurations: [volume] }),
    },
  };
}

function refuse(message: string, hint?: string): never {
  throw new ShipError("INPUT_INVALID", message, hint === undefined ? {} : { hint });
}

function overridesOf(request: TaskRequest, definition: Fields, main: MainContainer): readonly Fields[] {
  const { command, environment, containerOverrides } = request;
  requireContainers(definition, containerOverrides);
  const ours = containerOverrides.find((item) => textOf(item, "name") === main.name);
  if (command !== undefined && ours?.["command"] !== undefined)
    refuse(
      `run-task-command and run-task-container-overrides both give a command for the container "${main.name}"; give one of them.`,
    );
  const others = containerOverrides.filter((item) => item !== ours);
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const kept = listOf(ours ?? {}, "environment").filter(
    (item) => !Object.hasOwn(environment, textOf(item, "name")),
  );
  const overrides =
    command === undefined && variables.length === 0
      ? containerOverrides
      : [
          {
            ...(ours ?? { name: main.name }),
            ...(command !== undefined && { command: [...command] }),
            ...(variables.length > 0 && { environment: [...kept, ...variables] }),
          },
          ...others,
        ];
  const length = JSON.stringify({ containerOverrides: overrides }).length;
  if (overrides.length > 0 && length > overridesLimit)
    refuse(
      `The overrides of the one-off task are ${length} characters long; Amazon ECS takes at most ${overridesLimit}.`,
      "Put long values into the task definition, a secret, or a file that the container reads.",
    );
  return overrides;
}

type Launch = Pick<TaskOrder, "launchType" | "capacityProviderStrategy" | "platformVersion">;

/** Without either, the cluster's default capacity provider strategy decides. */
function launchOf(request: TaskRequest, settings: LaunchSettings | undefined): Launch {
  const version =
    settings?.platformVersion === undefined ? {} : { platformVersion: settings.platformVersion };
  if (request.capacityProviders)
    return {
      capacityProviderStrategy: strategy(request.capacityProviders),
      ...(isFargate(request.capacityProviders) && version),
    };
  if (request.launchType !== undefined)
    return { launchType: request.launchType, ...(request.launchType === "FARGATE" && version) };
  if (settings === undefined) return {};
  if (settings.capacityProviders.length > 0)
    return {
      capacityProviderStrategy: strategy(settings.capacityProviders),
      ...(isFargate(settings.capacityProviders) && version),
    };
  const launchType = (["EC2", "EXTERNAL", "FARGATE"] as const).find((type) => type === settings.launchType);
  if (launchType === undefined) return {};
  return { launchType, ...(launchType === "FARGATE" && version) };
}

type Placement = Pick<TaskOrder, "placementConstraints" | "placementStrategy">;

/** A service's tasks may be bound to certain instances, and so are those that do its one-off work. */
function placementOf(launch: Launch, settings: LaunchSettings | undefined): Placement {
  const { launchType, capacityProviderStrategy = [] } = launch;
  const onFargate =
    launchType === "FARGATE" || (capacityProviderStrategy.length > 0 && isFargate(capacityProviderStrategy));
  if (onFargate || settings === undefined) return {};
  const { placementConstraints: constraints, placementStrategy: strategy } = settings;
  return {
    ...(constraints.length > 0 && { placementConstraints: constraints.map((item) => ({ ...item })) }),
    ...(strategy.length > 0 && { placementStrategy: strategy.map((item) => ({ ...item })) }),
  };
}

type Strategy = NonNullable<Launch["capacityProviderStrategy"]>;

/** The documents were checked against the API's own model. */
function strategy(items: readonly Fields[]): Strategy {
  return items.map((item) => ({ capacityProvider: textOf(item, "capacityProvider"), ...item }));
}

function isFargate(items: readonly { readonly capacityProvider?: unknown }[]): boolean {
  return items.every(({ capacityProvider }) => String(capacityProvider).startsWith("FARGATE"));
}

type Network = NonNullable<NonNullable<TaskOrder["networkConfiguration"]>["awsvpcConfiguration"]>;

/** Only awsvpc definitions have a network of their own; there it must name subnets (API reference, RunTask). */
function networkOf(
  request: TaskRequest,
  definition: Fields,
  settings: LaunchSettings | undefined,
): Network | undefined {
  const mode = textOf(definition, "networkMode") || "bridge";
  const family = textOf(definition, "family");
  if (mode !== "awsvpc") {
    const given = [
      ...(request.subnets ? ["run-task-subnets"] : []),
      ...(request.securityGroups ? ["run-task-security-groups"] : []),
    ];
    if (given.length > 0)
      refuse(
        `${given.join(" and ")} cannot be used: ${family} has the network mode ${mode}, and only awsvpc takes a network configuration.`,
      );
    return undefined;
  }
  const subnets = request.subnets ?? settings?.subnets ?? [];
  if (subnets.length === 0)
    refuse(
      `${family} has the network mode awsvpc, so its one-off task needs subnets; run-task-subnets is empty${settings ? `, and the service ${settings.service} has none` : ", and there is no service to copy them from"}.`,
      "Give `run-task-subnets` (and `run-task-security-groups`), or a `service` whose network the task shall use.",
    );
  const securityGroups = request.securityGroups ?? settings?.securityGroups ?? [];
  return {
    subnets: [...subnets],
    ...(securityGroups.length > 0 && { securityGroups: [...securityGroups] }),
    assignPublicIp: request.assignPublicIp ?? settings?.assignPublicIp ?? "DISABLED",
  };
}

type Volume = NonNullable<TaskOrder["volumeConfigurations"]>[number];

function volumeOf({ volume, volumeName }: TaskRequest, definition: Fields): Volume | undefined {
  if (!volume) return undefined;
  const names = listOf(definition, "volumes")
    .filter((candidate) => candidate["configuredAtLaunch"] === true)
    .map((candidate) => textOf(candidate, "name"));
  const [only] = names;
  const name = volumeName ?? (names.length === 1 ? only : undefined);
  if (name === undefined || !names.includes(name))
    refuse(
      `run-task-managed-ebs-volume-name is "${volumeName ?? ""}"; the volumes of ${textOf(definition, "family")} that are configured at launch are ${names.join(", ") || "none"}.`,
      "Name a volume of the task definition that has `configuredAtLaunch: true`.",
    );
  return { name, managedEBSVolume: { roleArn: textOf(volume, "roleArn"), ...volume } };
}
