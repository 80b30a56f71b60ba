import type { Handler, JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { invalid } from "./faults.ts";
import { lastSegment } from "./identifiers.ts";
import { present, requiredText, text, texts } from "./input.ts";
import type { Cluster, Task } from "./model.ts";
import { pageOf } from "./pages.ts";
import { runTask } from "./run-task.ts";
import { findCluster, findService } from "./state.ts";
import { requestStop } from "./task-lifecycle.ts";
import { taskView } from "./task-views.ts";

function findTask(ecs: EcsContext, cluster: Cluster, reference: string): Task | undefined {
  return ecs.state.tasks.get(ecs.arns.task(cluster.name, lastSegment(reference)));
}

/** Descriptions and lists lag behind RunTask ("eventual consistency" in its API reference); StopTask does not. */
const isVisible = (ecs: EcsContext, task: Task) => (task.visibleAt ?? 0) <= ecs.clock.now();

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
      if (task && isVisible(ecs, task)) tasks.push(taskView(task, include));
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
      isVisible(ecs, task) &&
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
  RunTask: runTask(ecs),
  StopTask: stop(ecs),
  DescribeTasks: describe(ecs),
  ListTasks: list(ecs),
});
