import { messageOf } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { logPlaceOf, logTail } from "../api/log-tail.ts";
import { describeTaskDefinition } from "../api/task-definitions.ts";
import type { StoppedTask } from "../api/tasks.ts";
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
    const place = definition && logPlaceOf(definition.body, name, task.id);
    if (!place || "elsewhere" in place)
      return { title, lines: ["(its log driver is not awslogs with a stream prefix)"] };
    return { title, lines: await logTail(caller.session, caller, place, lines) };
  } catch (error) {
    return { title, lines: [`(could not be read: ${messageOf(error)})`] };
  }
}
