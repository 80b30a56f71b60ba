import { randomInt, randomUUID } from "node:crypto";
import type { JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { taskId } from "./identifiers.ts";
import { flag, text } from "./input.ts";
import type { Cluster, Task, TaskDefinition } from "./model.ts";
import { runTask } from "./task-lifecycle.ts";

/** What makes a task besides its definition. */
export type TaskOrder = Pick<Task, "group" | "overrides" | "enableExecuteCommand" | "tags"> &
  Partial<
    Pick<
      Task,
      | "startedBy"
      | "owner"
      | "launchType"
      | "capacityProviderName"
      | "platformVersion"
      | "networkConfiguration"
      | "visibleAt"
    >
  >;

/** Places a task: records it in PROVISIONING and starts its life. */
export function launch(
  ecs: EcsContext,
  cluster: Cluster,
  definition: TaskDefinition,
  order: TaskOrder,
): Task {
  const id = taskId();
  const task: Task = {
    ...order,
    arn: ecs.arns.task(cluster.name, id),
    id,
    cluster,
    definition,
    containers: definition.containers.map((container) => ({
      arn: ecs.arns.container(cluster.name, id),
      name: text(container, "name") ?? "",
      image: text(container, "image") ?? "",
      essential: flag(container, "essential") ?? true,
      definition: container,
      lastStatus: "PENDING",
      health: "UNKNOWN",
    })),
    address: `10.0.${randomInt(0, 4)}.${randomInt(4, 254)}`,
    attachmentId: randomUUID(),
    availabilityZone: `${ecs.region}${"abc"[randomInt(0, 3)]}`,
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    version: 1,
    accounted: false,
    registrations: [],
    stopping: new AbortController(),
    createdAt: ecs.clock.now(),
  };
  ecs.state.tasks.set(task.arn, task);
  ecs.background(() => runTask(ecs, task));
  return task;
}

/** Launch settings in the words of a task: `launchType` or the first capacity provider, never both from the caller. */
export function launchPlace(
  launchType: string | undefined,
  strategy: readonly JsonObject[],
): Pick<TaskOrder, "launchType" | "capacityProviderName"> {
  const provider = strategy[0] ? text(strategy[0], "capacityProvider") : undefined;
  if (provider === undefined) return { launchType: launchType ?? "EC2" };
  return { capacityProviderName: provider, launchType: provider.startsWith("FARGATE") ? "FARGATE" : "EC2" };
}
