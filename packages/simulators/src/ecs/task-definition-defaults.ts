import type { JsonObject } from "../service.ts";
import { invalid } from "./faults.ts";
import { flag, numeric, object, objects, present, requiredText, text, texts } from "./input.ts";

/** What Describe answers for fields the caller left out of a container definition. */

function portMapping(mapping: JsonObject, networkMode: string): JsonObject {
  const containerPort = numeric(mapping, "containerPort");
  const shared = networkMode === "awsvpc" || networkMode === "host";
  const hostPort = numeric(mapping, "hostPort") ?? (shared ? containerPort : 0);
  if (shared && hostPort !== containerPort) {
    throw invalid(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  }
  return present({ ...mapping, containerPort, hostPort, protocol: text(mapping, "protocol") ?? "tcp" });
}

function healthCheck(check: unknown): unknown {
  if (typeof check !== "object" || check === null) return undefined;
  return { interval: 30, timeout: 5, retries: 3, ...check };
}

function container(definition: JsonObject, networkMode: string, taskHasMemory: boolean): JsonObject {
  const name = requiredText(definition, "name");
  if (!text(definition, "image"))
    throw invalid(`Container.image should not be null or empty. (container ${name})`);
  const memory = numeric(definition, "memory");
  if (!taskHasMemory && memory === undefined && numeric(definition, "memoryReservation") === undefined) {
    throw invalid(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  return present({
    ...definition,
    cpu: numeric(definition, "cpu") ?? 0,
    essential: flag(definition, "essential") ?? true,
    portMappings: (objects(definition, "portMappings") ?? []).map((mapping) =>
      portMapping(mapping, networkMode),
    ),
    environment: objects(definition, "environment") ?? [],
    mountPoints: objects(definition, "mountPoints") ?? [],
    volumesFrom: objects(definition, "volumesFrom") ?? [],
    systemControls: objects(definition, "systemControls") ?? [],
    healthCheck: healthCheck(definition["healthCheck"]),
  });
}

/** The container definitions with the defaults of the real Describe filled in. @throws InvalidParameterException */
export function describedContainers(input: JsonObject, networkMode: string): JsonObject[] {
  const given = objects(input, "containerDefinitions") ?? [];
  if (given.length === 0) throw invalid("Container list cannot be empty.");
  const containers = given.map((definition) =>
    container(definition, networkMode, text(input, "memory") !== undefined),
  );
  const names = new Set(containers.map((definition) => text(definition, "name")));
  if (names.size < containers.length) throw invalid("Container names in the container list must be unique.");
  if (!containers.some((definition) => flag(definition, "essential"))) {
    throw invalid("Task definition does not have any essential containers.");
  }
  return containers;
}

/** `1 vCPU` and `2 GB` are converted to CPU units and MiB when a definition is registered. */
export function describedSizes(input: JsonObject): JsonObject {
  return present({
    cpu: inUnits(text(input, "cpu"), /^\s*([\d.]+)\s*vcpu\s*$/i),
    memory: inUnits(text(input, "memory"), /^\s*([\d.]+)\s*gb\s*$/i),
  });
}

function inUnits(size: string | undefined, unit: RegExp): string | undefined {
  const [, amount] = unit.exec(size ?? "") ?? [];
  return amount === undefined ? size : String(Math.round(Number(amount) * 1_024));
}

/** Roles by their ARNs, which the account is filled into where only a name was given; an empty name is none. */
export function describedRoles(input: JsonObject, arnOf: (name: string) => string): JsonObject {
  const roles = ["taskRoleArn", "executionRoleArn"].map((member): [string, string | undefined] => {
    const role = text(input, member);
    return [member, !role || role.startsWith("arn:") ? role : arnOf(role)];
  });
  return present(Object.fromEntries(roles));
}

/** The volumes with what Describe answers for a kind or a setting that was left out. */
export function describedVolumes(input: JsonObject): JsonObject[] {
  return (objects(input, "volumes") ?? []).map((volume) => {
    const docker = object(volume, "dockerVolumeConfiguration");
    const efs = object(volume, "efsVolumeConfiguration");
    const isOfHost = Object.keys(present(volume)).every((key) => key === "name");
    return present({
      ...volume,
      ...(isOfHost && { host: {} }),
      ...(docker && { dockerVolumeConfiguration: { scope: "task", ...present(docker) } }),
      ...(efs && {
        efsVolumeConfiguration: { rootDirectory: "/", transitEncryption: "DISABLED", ...present(efs) },
      }),
    });
  });
}

/** The launch types a definition fits; Fargate needs awsvpc and task-level cpu and memory. @throws InvalidParameterException */
export function compatibilities(input: JsonObject, networkMode: string): string[] {
  const required = texts(input, "requiresCompatibilities") ?? [];
  const sized = text(input, "cpu") !== undefined && text(input, "memory") !== undefined;
  if (required.includes("FARGATE")) {
    if (networkMode !== "awsvpc") throw invalid("Fargate only supports network mode 'awsvpc'.");
    if (!sized)
      throw invalid("Fargate requires task definition to have cpu and memory defined at the task level.");
  }
  const fits = networkMode === "awsvpc" && sized;
  return fits ? ["EC2", "FARGATE"] : networkMode === "awsvpc" ? ["EC2"] : ["EXTERNAL", "EC2"];
}

/** The instance attributes ECS derives from what a definition uses. */
export function requiredAttributes(
  containers: readonly JsonObject[],
  input: JsonObject,
  networkMode: string,
): JsonObject[] {
  const names = new Set<string>();
  for (const definition of containers) {
    const driver = text(object(definition, "logConfiguration") ?? {}, "logDriver");
    if (driver) names.add(`com.amazonaws.ecs.capability.logging-driver.${driver}`);
    if (driver === "awslogs" && text(input, "executionRoleArn"))
      names.add("ecs.capability.execution-role-awslogs");
    if (/\.dkr\.ecr\./.test(text(definition, "image") ?? "")) {
      names.add("com.amazonaws.ecs.capability.ecr-auth");
      if (text(input, "executionRoleArn")) names.add("ecs.capability.execution-role-ecr-pull");
    }
    if (definition["healthCheck"]) names.add("ecs.capability.container-health-check");
    if ((objects(definition, "secrets") ?? []).length > 0)
      names.add("ecs.capability.secrets.ssm.environment-variables");
  }
  if (text(input, "taskRoleArn")) names.add("com.amazonaws.ecs.capability.task-iam-role");
  if (networkMode === "awsvpc") names.add("ecs.capability.task-eni");
  names.add("com.amazonaws.ecs.capability.docker-remote-api.1.18");
  return [...names].sort().map((name) => ({ name }));
}
