import { type Handler, type JsonObject, ServiceFault } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { invalid } from "./faults.ts";
import { lastSegment } from "./identifiers.ts";
import { flag, numeric, object, objects, present, requiredText, text, texts } from "./input.ts";
import type { Cluster, Task, TaskDefinition } from "./model.ts";
import { requireNetwork } from "./network.ts";
import { pageOf } from "./pages.ts";
import { findCluster, findService, usableTaskDefinition } from "./state.ts";
import { tagsOf } from "./tags.ts";
import { requestStop } from "./task-lifecycle.ts";
import { launch, launchPlace } from "./task-records.ts";
import { taskView } from "./task-views.ts";

const OVERRIDES_LIMIT = 8_192;

function checkOverrides(overrides: JsonObject, definition: TaskDefinition): void {
  const length = JSON.stringify(overrides).length;
  if (length > OVERRIDES_LIMIT) {
    throw invalid(`Task overrides are ${length} characters long; at most ${OVERRIDES_LIMIT} are allowed.`);
  }
  for (const override of objects(overrides, "containerOverrides") ?? []) {
    const name = text(override, "name");
    if (!definition.containers.some((container) => text(container, "name") === name)) {
      throw invalid(`Override for container named ${name ?? ""} is not a container in the TaskDefinition.`);
    }
  }
}

function strategyOf(input: JsonObject, cluster: Cluster): readonly JsonObject[] {
  const given = objects(input, "capacityProviderStrategy") ?? [];
  const launchType = text(input, "launchType");
  if (given.length > 0 && launchType !== undefined) {
    throw invalid(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  }
  return given.length > 0 || launchType !== undefined ? given : cluster.defaultCapacityProviderStrategy;
}

function run(ecs: EcsContext): Handler {
  const answered = new Map<string, { readonly request: string; readonly tasks: readonly Task[] }>();
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const token = text(input, "clientToken");
    const request = JSON.stringify(input);
    const key = `${cluster.arn} ${token}`;
    const before = token === undefined ? undefined : answered.get(key);
    if (before && before.request !== request) {
      throw new ServiceFault(
        "ConflictException",
        "The client token was already used with different parameters.",
      );
    }
    if (before) return { tasks: before.tasks.map((task) => taskView(task)), failures: [] };

    const definition = usableTaskDefinition(ecs.state, requiredText(input, "taskDefinition"));
    const count = numeric(input, "count") ?? 1;
    if (count < 1 || count > 10) throw invalid("Tasks count should be between 1 and 10.");
    const startedBy = text(input, "startedBy");
    if (startedBy !== undefined && !/^[A-Za-z0-9/_-]{0,128}$/.test(startedBy)) {
      throw invalid(
        "startedBy must be up to 128 letters, numbers, hyphens, forward slashes and underscores.",
      );
    }
    const overrides = object(input, "overrides") ?? {};
    checkOverrides(overrides, definition);
    const networkConfiguration = object(input, "networkConfiguration");
    requireNetwork(definition, networkConfiguration);
    const place = launchPlace(text(input, "launchType"), strategyOf(input, cluster));
    const refusal = ecs.placement(definition);
    if (refusal !== undefined) return { tasks: [], failures: [{ reason: refusal }] };
    const inherited = text(input, "propagateTags") === "TASK_DEFINITION" ? definition.tags : [];
    const tasks = Array.from({ length: count }, () =>
      launch(ecs, cluster, definition, {
        ...place,
        group: text(input, "group") ?? `family:${definition.family}`,
        overrides,
        enableExecuteCommand: flag(input, "enableExecuteCommand") ?? false,
        tags: [...inherited, ...tagsOf(input)],
        ...(startedBy === undefined ? {} : { startedBy }),
        ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
        ...(place.launchType === "FARGATE" ? { platformVersion: "1.4.0" } : {}),
      }),
    );
    if (token !== undefined) answered.set(key, { request, tasks });
    return { tasks: tasks.map((task) => taskView(task)), failures: [] };
  };
}

function findTask(ecs: EcsContext, cluster: Cluster, reference: string): Task | undefined {
  return ecs.state.tasks.get(ecs.arns.task(cluster.name, lastSegment(reference)));
}

function stop(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const task = findTask(ecs, cluster, requiredText(input, "task"));
    if (!task) throw invalid("The referenced task was not found.");
    requestStop(ecs, task, "UserInitiated", text(input, "reason") ?? "Task stopped by user");
    return { task: taskView(task) };
  };
}

function describe(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const references = texts(input, "tasks") ?? [];
    if (references.length === 0) throw invalid("Tasks cannot be empty.");
    if (references.length > 100)
      throw invalid(`${references.length} tasks were named; at most 100 can be described.`);
    const include = texts(input, "include") ?? [];
    const tasks: JsonObject[] = [];
    const failures: JsonObject[] = [];
    for (const reference of references) {
      const task = findTask(ecs, cluster, reference);
      if (task) tasks.push(taskView(task, include));
      else failures.push({ arn: ecs.arns.task(cluster.name, lastSegment(reference)), reason: "MISSING" });
    }
    return { tasks, failures };
  };
}

const otherFilters = ["containerInstance", "family", "serviceName", "launchType", "daemonName"];

function list(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const startedBy = text(input, "startedBy");
    const combined = otherFilters.filter((filter) => text(input, filter) !== undefined);
    if (startedBy !== undefined && combined.length > 0) {
      throw invalid(`startedBy must be the only filter of ListTasks; remove ${combined.join(", ")}.`);
    }
    const serviceName = text(input, "serviceName");
    const service = serviceName === undefined ? undefined : findService(ecs.state, cluster, serviceName);
    const family = text(input, "family");
    const launchType = text(input, "launchType");
    const desired = text(input, "desiredStatus") ?? "RUNNING";
    const matches = (task: Task) =>
      task.cluster === cluster &&
      task.desiredStatus === desired &&
      (startedBy === undefined || task.startedBy === startedBy) &&
      (service === undefined || task.owner?.service === service) &&
      (family === undefined || task.definition.family === family) &&
      (launchType === undefined || task.launchType === launchType) &&
      text(input, "containerInstance") === undefined &&
      text(input, "daemonName") === undefined;
    const page = pageOf(
      input,
      [...ecs.state.tasks.values()].filter(matches).map((task) => task.arn),
    );
    return present({ taskArns: page.items, nextToken: page.nextToken });
  };
}

export const taskHandlers = (ecs: EcsContext) => ({
  RunTask: run(ecs),
  StopTask: stop(ecs),
  DescribeTasks: describe(ecs),
  ListTasks: list(ecs),
});
