import type { ContainerSpec } from "../ports.ts";
import type { JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { numeric, object, objects, pairs, text, texts } from "./input.ts";
import type { Task, TaskContainer } from "./model.ts";

const overrideOf = (task: Task, container: TaskContainer): JsonObject =>
  (objects(task.overrides, "containerOverrides") ?? []).find(
    (entry) => text(entry, "name") === container.name,
  ) ?? {};

/** Secrets resolved to environment variables. @throws Error worded as ECS words a stopped reason */
function secretValues(ecs: EcsContext, task: Task, container: TaskContainer): Record<string, string> {
  const entries = (objects(container.definition, "secrets") ?? []).map((entry): [string, string] => {
    const source = text(entry, "valueFrom") ?? "";
    const value = ecs.secret(source, task.cluster.name);
    if (value === undefined) {
      throw new Error(
        `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from ${source}: ResourceNotFoundException`,
      );
    }
    return [text(entry, "name") ?? "", value];
  });
  return Object.fromEntries(entries);
}

/** The container as the runtime shall start it: definition, secrets, overrides, and what Fargate adds to the environment. */
export function containerSpec(ecs: EcsContext, task: Task, container: TaskContainer): ContainerSpec {
  const override = overrideOf(task, container);
  const command = texts(override, "command") ?? texts(container.definition, "command");
  const entryPoint = texts(container.definition, "entryPoint");
  const ports = (objects(container.definition, "portMappings") ?? []).flatMap(
    (mapping) => numeric(mapping, "containerPort") ?? [],
  );
  return {
    name: container.name,
    image: container.image,
    essential: container.essential,
    environment: {
      AWS_EXECUTION_ENV: task.launchType === "EC2" ? "AWS_ECS_EC2" : "AWS_ECS_FARGATE",
      AWS_REGION: ecs.region,
      AWS_DEFAULT_REGION: ecs.region,
      ...pairs(objects(container.definition, "environment")),
      ...secretValues(ecs, task, container),
      ...pairs(objects(override, "environment")),
    },
    ports,
    ...(command && command.length > 0 ? { command } : {}),
    ...(entryPoint && entryPoint.length > 0 ? { entryPoint } : {}),
  };
}

/** Where a container's lines go: the awslogs group and `prefix/container/task-id`; undefined for other drivers. */
export function logStream(
  task: Task,
  container: TaskContainer,
): { group: string; stream: string } | undefined {
  const logging = object(container.definition, "logConfiguration") ?? {};
  if (text(logging, "logDriver") !== "awslogs") return undefined;
  const options = object(logging, "options") ?? {};
  const group = text(options, "awslogs-group");
  const prefix = text(options, "awslogs-stream-prefix");
  return group && prefix ? { group, stream: `${prefix}/${container.name}/${task.id}` } : undefined;
}

/** Containers in the order their `dependsOn` demands. */
export function startOrder(containers: readonly TaskContainer[]): TaskContainer[] {
  const ordered: TaskContainer[] = [];
  const visit = (container: TaskContainer, path: readonly string[]) => {
    if (ordered.includes(container) || path.includes(container.name)) return;
    for (const dependency of objects(container.definition, "dependsOn") ?? []) {
      const needed = containers.find((other) => other.name === text(dependency, "containerName"));
      if (needed) visit(needed, [...path, container.name]);
    }
    ordered.push(container);
  };
  for (const container of containers) visit(container, []);
  return ordered;
}

/** Whether every `dependsOn` condition of a container holds now. @throws Error when one can no longer hold */
export function dependenciesHold(task: Task, container: TaskContainer): boolean {
  return (objects(container.definition, "dependsOn") ?? []).every((dependency) => {
    const needed = task.containers.find((other) => other.name === text(dependency, "containerName"));
    const condition = text(dependency, "condition") ?? "START";
    if (!needed || condition === "START") return true;
    if (condition === "HEALTHY") return needed.health === "HEALTHY";
    if (needed.lastStatus !== "STOPPED") return false;
    if (condition === "SUCCESS" && needed.exitCode !== 0) {
      throw new Error(
        `Container.image dependency failed: container ${needed.name} exited with code ${needed.exitCode ?? "unknown"}, but ${container.name} needs it to succeed.`,
      );
    }
    return true;
  });
}
