import { randomUUID } from "node:crypto";
import {
  CreateServiceCommand,
  type DeploymentConfiguration,
  DescribeServicesCommand,
  type Deployment as SdkDeployment,
  type Service as SdkService,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { isShipError, ShipError } from "#ship/kit";
import { type Fields, isFields } from "../task-definition/schema.ts";
import { ask, type Caller } from "./caller.ts";
import { readTaskSets, type TaskSet } from "./task-sets.ts";

/** A service by name or ARN, in a cluster by name or ARN. */
export interface ServiceAddress {
  readonly cluster: string;
  readonly service: string;
}

/** One entry of `Service.deployments`: tasks of one revision that the scheduler looks after. */
export interface Rollout {
  /** `ecs-svc/…`; also `startedBy` of its tasks. */
  readonly id: string;
  /** `PRIMARY` for the newest, `ACTIVE` for what it replaces. */
  readonly status: string;
  readonly taskDefinition: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Failed to start or stopped, in a row. */
  readonly failed: number;
  /** `IN_PROGRESS`, `COMPLETED`, `FAILED`, or a word of a later API; absent for other controllers than ECS. */
  readonly state: string | undefined;
  readonly reason: string;
}

/** What DescribeServices answers of one service, as far as a deployment needs it. */
export interface ServiceState {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly status: string;
  readonly taskDefinition: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** `ECS` when the service names none. */
  readonly controller: string;
  readonly configuration: DeploymentConfiguration;
  readonly rollouts: readonly Rollout[];
  /** Of a service that CodeDeploy deploys, instead of rollouts. */
  readonly taskSets: readonly TaskSet[];
  /** ARN of the service deployment under way; absent between deployments. */
  readonly currentDeployment: string | undefined;
  readonly targetGroups: readonly string[];
  /** Target groups by load balancer: the group, and the one that native strategies let take turns with it. */
  readonly balancers: readonly (readonly string[])[];
  /** Newest first; times are milliseconds since the epoch. */
  readonly events: readonly { readonly id: string; readonly at: number; readonly message: string }[];
  /** Read only where they were asked for. */
  readonly tags: ReadonlyMap<string, string>;
  /** Its settings as DescribeServices answers them; those of the primary deployment where only that has them. */
  readonly settings: Fields;
}

/** The members of UpdateService that a deployment sets, checked against the API's model; what is left out stays as it is. */
export interface ServiceUpdate extends Fields {
  readonly taskDefinition?: string;
  readonly desiredCount?: number;
  readonly deploymentConfiguration?: Fields;
}

/** A service that is not there: `MISSING` or `INACTIVE` ones can be created, a `DRAINING` one still has tasks to stop. */
export interface AbsentService {
  readonly absent: string;
  readonly error: ShipError;
}

/**
 * Reads services of one cluster, in the order asked for (at most ten).
 * @throws ShipError `NOT_FOUND` when one is missing, deleted or about to be
 */
export async function describeServices(
  caller: Caller,
  cluster: string,
  services: readonly string[],
): Promise<ServiceState[]> {
  const found = await lookUpServices(caller, cluster, services);
  return found.map((service) => {
    if ("absent" in service) throw service.error;
    return service;
  });
}

/** As {@link describeServices}, tags included, but a service that is not there is an answer. */
export async function lookUpServices(
  caller: Caller,
  cluster: string,
  services: readonly string[],
  include: readonly "TAGS"[] = [],
): Promise<(ServiceState | AbsentService)[]> {
  const answer = await ask(caller, "ecs:DescribeServices", (options) =>
    caller.client.send(
      new DescribeServicesCommand({
        cluster,
        services: [...services],
        ...(include.length > 0 && { include: [...include] }),
      }),
      options,
    ),
  ).catch(unlessUnknown);
  return services.map((service) => {
    const found = (answer.services ?? []).find(
      (candidate) => candidate.serviceArn === service || candidate.serviceName === service.split("/").at(-1),
    );
    const status = found ? (found.status ?? "ACTIVE") : "MISSING";
    const absence = absences[status];
    if (found && absence === undefined) return readService(found);
    return {
      absent: status,
      error: new ShipError(
        "NOT_FOUND",
        `The service ${service} ${absence ?? "does not exist"} in the cluster ${cluster} (ecs:DescribeServices answered ${status}).`,
        found ? { hint: "Create the service again, or take its deployment out of the workflow." } : {},
      ),
    };
  });
}

/** Amazon ECS lists services that are not there among the failures; some endpoints refuse the call instead. */
function unlessUnknown(error: unknown): { services: SdkService[] } {
  if (isShipError(error) && /\bServiceNotFoundException\b/.test(error.message)) return { services: [] };
  throw error;
}

/** What it means when a service that was asked for is not ACTIVE. */
const absences: Readonly<Record<string, string>> = {
  MISSING: "does not exist",
  DRAINING: "is being deleted",
  INACTIVE: "was deleted",
};

/** Reads one service. @throws ShipError `NOT_FOUND` */
export async function describeService(caller: Caller, address: ServiceAddress): Promise<ServiceState> {
  const [state] = await describeServices(caller, address.cluster, [address.service]);
  if (state === undefined) throw new ShipError("NOT_FOUND", `The service ${address.service} does not exist.`);
  return state;
}

/** Sends UpdateService with exactly the members given. Sending the same twice is harmless unless it forces a deployment. */
export async function updateService(
  caller: Caller,
  address: ServiceAddress,
  update: ServiceUpdate,
): Promise<ServiceState> {
  const answer = await ask(caller, "ecs:UpdateService", (options) =>
    caller.client.send(new UpdateServiceCommand(updateRequest(address, update)), options),
  );
  return readService(answer.service ?? {});
}

/** Sends UpdateService that forces a deployment; after a lost answer it is looked for before it is sent again. */
export async function forceDeployment(
  caller: Caller,
  address: ServiceAddress,
  update: ServiceUpdate,
  before: ServiceState,
): Promise<ServiceState> {
  const known = new Set(before.rollouts.map((rollout) => rollout.id));
  return caller.session.write(
    {
      permission: "ecs:UpdateService",
      send: async (abortSignal) => {
        const command = new UpdateServiceCommand(
          updateRequest(address, { ...update, forceNewDeployment: true }),
        );
        const answer = await caller.client.send(command, { abortSignal });
        return readService(answer.service ?? {});
      },
      readBack: async () => {
        const now = await describeService(caller, address);
        const begun = now.rollouts.some((rollout) => rollout.status === "PRIMARY" && !known.has(rollout.id));
        return begun ? now : undefined;
      },
    },
    caller.options,
  );
}

/**
 * Creates a service once: the token makes a repetition harmless, and after a lost answer the service is looked for.
 * @param document members of CreateService, checked against the API's model
 */
export async function createService(
  caller: Caller,
  address: ServiceAddress,
  document: Fields,
): Promise<ServiceState> {
  const clientToken = randomUUID();
  return caller.session.write(
    {
      permission: "ecs:CreateService",
      send: async (abortSignal) => {
        const { cluster, service } = address;
        const serviceName = service.split("/").at(-1);
        const request: unknown = { ...document, cluster, serviceName, clientToken };
        const command = new CreateServiceCommand(request as CreateRequest);
        const answer = await caller.client.send(command, { abortSignal });
        return readService(answer.service ?? {});
      },
      readBack: async () => {
        const [found] = await lookUpServices(caller, address.cluster, [address.service]);
        return found === undefined || "absent" in found ? undefined : found;
      },
    },
    caller.options,
  );
}

type CreateRequest = ConstructorParameters<typeof CreateServiceCommand>[0];
type UpdateRequest = ConstructorParameters<typeof UpdateServiceCommand>[0];

/** The members were checked one by one against the SDK's own model, so they are what the command takes. */
function updateRequest(address: ServiceAddress, update: Fields): UpdateRequest {
  const request: unknown = { ...address, ...update };
  return request as UpdateRequest;
}

/** Members that DescribeServices answers of the primary deployment only. */
const ofDeployment = [
  "serviceConnectConfiguration",
  "volumeConfigurations",
  "vpcLatticeConfigurations",
  "gatewayConnectors",
];

function settingsOf(service: SdkService): Fields {
  const fields: unknown = service;
  const primary: unknown = service.deployments?.find(({ status }) => status === "PRIMARY");
  const deployment = isFields(primary) ? primary : {};
  const members = ofDeployment.filter((member) => deployment[member] !== undefined);
  return {
    ...Object.fromEntries(members.map((member) => [member, deployment[member]])),
    ...(isFields(fields) ? fields : {}),
  };
}

function readService(service: SdkService): ServiceState {
  return {
    arn: service.serviceArn ?? "",
    name: service.serviceName ?? "",
    clusterArn: service.clusterArn ?? "",
    status: service.status ?? "",
    taskDefinition: service.taskDefinition ?? "",
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    controller: service.deploymentController?.type ?? "ECS",
    configuration: service.deploymentConfiguration ?? {},
    rollouts: (service.deployments ?? []).map(readRollout),
    taskSets: readTaskSets(service.taskSets),
    currentDeployment: service.currentServiceDeployment,
    targetGroups: (service.loadBalancers ?? []).flatMap((balancer) => balancer.targetGroupArn ?? []),
    balancers: (service.loadBalancers ?? [])
      .map(({ targetGroupArn, advancedConfiguration }) =>
        [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
      )
      .filter((groups) => groups.length > 0),
    events: (service.events ?? []).map((event) => ({
      id: event.id ?? "",
      at: event.createdAt?.getTime() ?? 0,
      message: event.message ?? "",
    })),
    tags: new Map((service.tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""])),
    settings: settingsOf(service),
  };
}

function readRollout(deployment: SdkDeployment): Rollout {
  return {
    id: deployment.id ?? "",
    status: deployment.status ?? "",
    taskDefinition: deployment.taskDefinition ?? "",
    desired: deployment.desiredCount ?? 0,
    running: deployment.runningCount ?? 0,
    pending: deployment.pendingCount ?? 0,
    failed: deployment.failedTasks ?? 0,
    state: deployment.rolloutState,
    reason: deployment.rolloutStateReason ?? "",
  };
}
