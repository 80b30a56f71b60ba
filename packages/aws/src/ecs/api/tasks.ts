import {
  DescribeTasksCommand,
  ListTasksCommand,
  type Task as SdkTask,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { isShipError } from "#ship/kit";
import { ask, type Caller, everyPage } from "./caller.ts";
import type { ServiceAddress } from "./services.ts";

/** One container of a task. */
export interface ContainerState {
  readonly name: string;
  /** `PENDING`, `RUNNING`, `STOPPED`, or a word of a later API. */
  readonly lastStatus: string;
  /** Absent while it runs, and when it never ran. */
  readonly exitCode: number | undefined;
  readonly reason: string;
}

/** A task as DescribeTasks answers it. Times are milliseconds since the epoch, 0 when unknown. */
export interface TaskState {
  readonly arn: string;
  readonly id: string;
  readonly taskDefinition: string;
  readonly startedBy: string;
  /** From `PROVISIONING` to `STOPPED`, or a word of a later API. */
  readonly lastStatus: string;
  /** `RUNNING` or `STOPPED`. */
  readonly desiredStatus: string;
  readonly createdAt: number;
  readonly stopCode: string;
  readonly reason: string;
  readonly stoppingAt: number;
  readonly containers: readonly ContainerState[];
}

/** A task that stopped, with why. */
export type StoppedTask = Pick<
  TaskState,
  "arn" | "id" | "taskDefinition" | "startedBy" | "stopCode" | "reason" | "stoppingAt"
> & { readonly containers: readonly Pick<ContainerState, "name" | "exitCode" | "reason">[] };

/** What {@link describeTasks} found. */
export interface DescribedTasks {
  readonly tasks: readonly TaskState[];
  /** ARNs that Amazon ECS does not know: not yet, or not any more. */
  readonly missing: readonly string[];
}

/** The service's tasks that stopped within the last hour (ECS keeps them no longer), newest first. */
export async function stoppedTasks(caller: Caller, address: ServiceAddress): Promise<TaskState[]> {
  const { cluster, service: serviceName } = address;
  const arns = await listTasks(caller, { cluster, serviceName, desiredStatus: "STOPPED" });
  const { tasks } = await describeTasks(caller, cluster, arns);
  return tasks.toSorted((a, b) => b.stoppingAt - a.stoppingAt);
}

/** The tasks with this `startedBy` that run or are to run. */
export async function tasksStartedBy(
  caller: Caller,
  cluster: string,
  startedBy: string,
): Promise<readonly TaskState[]> {
  // It must be the only filter of the call (API reference, ListTasks).
  const arns = await listTasks(caller, { cluster, startedBy });
  return (await describeTasks(caller, cluster, arns)).tasks;
}

/** The tasks of a family's revisions that run or are to run, those of services among them. */
export async function tasksOfFamily(
  caller: Caller,
  cluster: string,
  family: string,
): Promise<readonly TaskState[]> {
  const arns = await listTasks(caller, { cluster, family });
  return (await describeTasks(caller, cluster, arns)).tasks;
}

const mostPerCall = 100;

/** Reads tasks by ARN, any number of them. */
export async function describeTasks(
  caller: Caller,
  cluster: string,
  arns: readonly string[],
): Promise<DescribedTasks> {
  const tasks: TaskState[] = [];
  const missing: string[] = [];
  for (let start = 0; start < arns.length; start += mostPerCall) {
    const answer = await ask(caller, "ecs:DescribeTasks", (options) =>
      caller.client.send(
        new DescribeTasksCommand({ cluster, tasks: arns.slice(start, start + mostPerCall) }),
        options,
      ),
    );
    tasks.push(...(answer.tasks ?? []).map(readTask));
    for (const { arn, reason } of answer.failures ?? [])
      if (arn !== undefined && reason === "MISSING") missing.push(arn);
  }
  return { tasks, missing };
}

/**
 * Asks for the end of a task; harmless when it ends already.
 * @param reason shown as the task's stopped reason
 * @returns `gone` when Amazon ECS does not know the task any more
 */
export async function stopTask(
  caller: Caller,
  cluster: string,
  task: string,
  reason: string,
): Promise<"asked" | "gone"> {
  try {
    await ask(caller, "ecs:StopTask", (options) =>
      caller.client.send(new StopTaskCommand({ cluster, task, reason }), options),
    );
    return "asked";
  } catch (error) {
    if (isShipError(error) && /task was not found/i.test(error.message)) return "gone";
    throw error;
  }
}

/** Reads a task of an SDK answer. */
export function readTask(task: SdkTask): TaskState {
  return {
    arn: task.taskArn ?? "",
    id: task.taskArn?.split("/").at(-1) ?? "",
    taskDefinition: task.taskDefinitionArn ?? "",
    startedBy: task.startedBy ?? "",
    lastStatus: task.lastStatus ?? "",
    desiredStatus: task.desiredStatus ?? "",
    createdAt: task.createdAt?.getTime() ?? 0,
    stopCode: task.stopCode ?? "",
    reason: task.stoppedReason ?? "",
    stoppingAt: (task.stoppingAt ?? task.stoppedAt)?.getTime() ?? 0,
    containers: (task.containers ?? []).map((container) => ({
      name: container.name ?? "",
      lastStatus: container.lastStatus ?? "",
      exitCode: container.exitCode,
      reason: container.reason ?? "",
    })),
  };
}

type Filter = ConstructorParameters<typeof ListTasksCommand>[0];

function listTasks(caller: Caller, filter: Filter): Promise<string[]> {
  return everyPage(async (nextToken) => {
    const answer = await ask(caller, "ecs:ListTasks", (options) =>
      caller.client.send(new ListTasksCommand({ ...filter, ...(nextToken && { nextToken }) }), options),
    );
    return { items: answer.taskArns ?? [], nextToken: answer.nextToken };
  });
}
