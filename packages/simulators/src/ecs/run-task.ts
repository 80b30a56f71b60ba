import { type Handler, type JsonObject, ServiceFault } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { invalid } from "./faults.ts";
import { flag, numeric, object, objects, present, requiredText, text } from "./input.ts";
import { launchRules } from "./launch-rules.ts";
import type { Task, TaskDefinition } from "./model.ts";
import { requireNetwork } from "./network.ts";
import { findCluster, usableTaskDefinition } from "./state.ts";
import { tagsOf } from "./tags.ts";
import { launch, launchPlace } from "./task-records.ts";
import { taskView } from "./task-views.ts";

const OVERRIDES_LIMIT = 8_192;
const TOKEN = /^[!-~]{1,64}$/;

/** What a client token stands for: its first request, and what came of it. */
interface Answered {
  readonly request: string;
  readonly tasks: readonly Task[];
}

/** RunTask: starts tasks at once, and answers in `failures` for those that found no room. */
export function runTask(ecs: EcsContext): Handler {
  const answered = new Map<string, Answered>();
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const token = text(input, "clientToken");
    if (token !== undefined && !TOKEN.test(token)) {
      throw invalid("The clientToken must have up to 64 characters in the range of 33 to 126.");
    }
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
    // The documentation names letters, numbers, - / and _, but tools in wide use send blanks: only the length is refused.
    if (startedBy !== undefined && startedBy.length > 128) throw invalid("startedBy longer than 128.");
    const overrides = object(input, "overrides") ?? {};
    checkOverrides(overrides, definition);
    const networkConfiguration = object(input, "networkConfiguration");
    requireNetwork(definition, networkConfiguration);
    const { launchType, strategy } = launchRules(input, cluster, definition);
    checkVolumes(input, definition);
    const place = launchPlace(launchType, strategy);
    const inherited = text(input, "propagateTags") === "TASK_DEFINITION" ? definition.tags : [];
    const order = {
      ...place,
      group: text(input, "group") ?? `family:${definition.family}`,
      overrides,
      enableExecuteCommand: flag(input, "enableExecuteCommand") ?? false,
      tags: [...inherited, ...tagsOf(input)],
      visibleAt: ecs.clock.now() + ecs.taskConsistencyDelay,
      ...(startedBy === undefined ? {} : { startedBy }),
      ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
      ...(place.launchType === "FARGATE" ? { platformVersion: platformVersion(input) } : {}),
    };
    const tasks: Task[] = [];
    const failures: JsonObject[] = [];
    for (let index = 0; index < count; index += 1) {
      const refusal = ecs.placement(definition);
      if (refusal === undefined) tasks.push(launch(ecs, cluster, definition, order));
      else failures.push(present({ reason: refusal }));
    }
    if (token !== undefined && failures.length === 0) answered.set(key, { request, tasks });
    return { tasks: tasks.map((task) => taskView(task)), failures };
  };
}

function platformVersion(input: JsonObject): string {
  const wanted = text(input, "platformVersion");
  return wanted === undefined || wanted === "LATEST" ? "1.4.0" : wanted;
}

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

/** Each configuration is for a volume of the definition that is configured at launch. */
function checkVolumes(input: JsonObject, definition: TaskDefinition): void {
  const open = (objects(definition.body, "volumes") ?? [])
    .filter((volume) => flag(volume, "configuredAtLaunch") === true)
    .map((volume) => text(volume, "name"));
  for (const configuration of objects(input, "volumeConfigurations") ?? []) {
    const name = text(configuration, "name");
    if (!open.includes(name)) {
      throw invalid(
        `The volume ${name ?? ""} in volumeConfigurations is not a volume of the task definition that is configured at launch.`,
      );
    }
  }
}
