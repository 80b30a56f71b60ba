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
  readonly container: string;
  /** False where the lines say why there are none. */
  readonly isOutput: boolean;
}

/** Reads the end of the failing container's output from CloudWatch Logs. Never throws: it is evidence, not the verdict. */
export async function lastWords(
  caller: Caller,
  task: StoppedTask,
  lines: number,
): Promise<LogExcerpt | undefined> {
  const name = failingContainer(task);
  if (lines === 0 || name === undefined) return undefined;
  const excerpt = { title: `Last lines of container ${name}, task ${task.id}`, container: name };
  const without = (why: string) => ({ ...excerpt, isOutput: false, lines: [`(${why})`] });
  try {
    const definition = await describeTaskDefinition(caller, task.taskDefinition);
    const place = definition && logPlaceOf(definition.body, name, task.id);
    if (!place || "elsewhere" in place) return without("its log driver is not awslogs with a stream prefix");
    const output = await logTail(caller.session, caller, place, lines);
    return { ...excerpt, isOutput: true, lines: output };
  } catch (error) {
    return without(`could not be read: ${messageOf(error)}`);
  }
}
