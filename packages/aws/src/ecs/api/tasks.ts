import { DescribeTasksCommand, ListTasksCommand } from "@aws-sdk/client-ecs";
import { ask, type Caller, everyPage } from "./caller.ts";
import type { ServiceAddress } from "./services.ts";

/** A task that stopped, with why. Times are milliseconds since the epoch. */
export interface StoppedTask {
  readonly arn: string;
  readonly id: string;
  readonly taskDefinition: string;
  readonly startedBy: string;
  readonly stopCode: string;
  readonly reason: string;
  readonly stoppingAt: number;
  readonly containers: readonly {
    readonly name: string;
    /** Absent when the container never ran. */
    readonly exitCode: number | undefined;
    readonly reason: string;
  }[];
}

/** The service's tasks that stopped within the last hour (ECS keeps them no longer), newest first. */
export async function stoppedTasks(caller: Caller, address: ServiceAddress): Promise<StoppedTask[]> {
  const arns = await everyPage(async (nextToken) => {
    const answer = await ask(caller, "ecs:ListTasks", (options) =>
      caller.client.send(
        new ListTasksCommand({
          cluster: address.cluster,
          serviceName: address.service,
          desiredStatus: "STOPPED",
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        options,
      ),
    );
    return { items: answer.taskArns ?? [], nextToken: answer.nextToken };
  });
  const tasks: StoppedTask[] = [];
  const mostPerCall = 100;
  for (let start = 0; start < arns.length; start += mostPerCall) {
    const answer = await ask(caller, "ecs:DescribeTasks", (options) =>
      caller.client.send(
        new DescribeTasksCommand({ cluster: address.cluster, tasks: arns.slice(start, start + mostPerCall) }),
        options,
      ),
    );
    for (const task of answer.tasks ?? []) {
      tasks.push({
        arn: task.taskArn ?? "",
        id: task.taskArn?.split("/").at(-1) ?? "",
        taskDefinition: task.taskDefinitionArn ?? "",
        startedBy: task.startedBy ?? "",
        stopCode: task.stopCode ?? "",
        reason: task.stoppedReason ?? "",
        stoppingAt: (task.stoppingAt ?? task.stoppedAt)?.getTime() ?? 0,
        containers: (task.containers ?? []).map((container) => ({
          name: container.name ?? "",
          exitCode: container.exitCode,
          reason: container.reason ?? "",
        })),
      });
    }
  }
  return tasks.sort((a, b) => b.stoppingAt - a.stoppingAt);
}
