import { messageOf } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { type LogPlace, logTail } from "../api/log-tail.ts";
import { describeTaskDefinition } from "../api/task-definitions.ts";
import type { StoppedTask } from "../api/tasks.ts";
import { containersOf, textOf } from "../task-definition/members.ts";
import { type Fields, isFields } from "../task-definition/schema.ts";
import { failingContainer } from "./tasks.ts";

/** The last output of a container that failed, or why it could not be had. */
export interface LogExcerpt {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Reads the end of the failing container's output from CloudWatch Logs. Never throws: it is evidence, not the verdict. */
export async function lastWords(
  caller: Caller,
  task: StoppedTask,
  lines: number,
): Promise<LogExcerpt | undefined> {
  const name = failingContainer(task);
  if (lines === 0 || name === undefined) return undefined;
  const title = `Last lines of container ${name}, task ${task.id}`;
  try {
    const definition = await describeTaskDefinition(caller, task.taskDefinition);
    const place = definition && placeOf(definition.body, name, task.id);
    if (!place) return { title, lines: ["(its log driver is not awslogs with a stream prefix)"] };
    return { title, lines: await logTail(caller.session, caller, place, lines) };
  } catch (error) {
    return { title, lines: [`(could not be read: ${messageOf(error)})`] };
  }
}

/** The awslogs driver writes to `prefix/container/task id` (developer guide, awslogs-stream-prefix). */
function placeOf(definition: Fields, containerName: string, taskId: string): LogPlace | undefined {
  const container = containersOf(definition).find((candidate) => textOf(candidate, "name") === containerName);
  const configuration = container?.["logConfiguration"];
  if (!isFields(configuration) || configuration["logDriver"] !== "awslogs") return undefined;
  const options = isFields(configuration["options"]) ? configuration["options"] : {};
  const group = textOf(options, "awslogs-group");
  const prefix = textOf(options, "awslogs-stream-prefix");
  if (group === "" || prefix === "") return undefined;
  return {
    group,
    stream: `${prefix}/${containerName}/${taskId}`,
    region: textOf(options, "awslogs-region") || undefined,
  };
}
