import { ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { type TaskState, tasksStartedBy } from "../api/tasks.ts";
import { isFields } from "../task-definition/schema.ts";

/** What tells the tasks of this step from all others, known before they are started. */
export interface TaskMark {
  readonly cluster: string;
  /** ARN of the task definition. */
  readonly taskDefinition: string;
  readonly startedBy: string;
  /** Whether no other step uses this `startedBy`. */
  readonly startedByIs: "ours-alone" | "shared";
  readonly count: number;
  /** When RunTask was sent, milliseconds since the epoch by the runner's clock. */
  readonly sentAt: number;
  /** ARNs, once they are known. */
  readonly tasks: readonly string[];
}

/** Reads a mark that was saved as JSON. */
export function readMark(saved: string): TaskMark {
  const parsed: unknown = JSON.parse(saved);
  if (!isFields(parsed) || typeof parsed["cluster"] !== "string" || !Array.isArray(parsed["tasks"]))
    throw new ShipError("UNEXPECTED", "The state that main saved about its one-off task cannot be read.");
  return {
    cluster: parsed["cluster"],
    taskDefinition: String(parsed["taskDefinition"]),
    startedBy: String(parsed["startedBy"]),
    startedByIs: parsed["startedByIs"] === "ours-alone" ? "ours-alone" : "shared",
    count: Number(parsed["count"]),
    sentAt: Number(parsed["sentAt"]),
    tasks: parsed["tasks"].map(String),
  };
}

/** How far the clocks of the runner and of AWS may lie apart, in milliseconds. */
const clockSkew = 30_000;

/**
 * Finds the running tasks of a RunTask call whose answer was lost.
 * @throws ShipError `UNDO_INCOMPLETE` when they cannot be told from those of other runs with the same `startedBy`
 */
export async function findTasks(caller: Caller, mark: TaskMark): Promise<readonly TaskState[]> {
  const candidates = await tasksStartedBy(caller, mark.cluster, mark.startedBy);
  const found = candidates.filter(
    (task) =>
      task.taskDefinition === mark.taskDefinition &&
      (mark.startedByIs === "ours-alone" || task.createdAt >= mark.sentAt - clockSkew),
  );
  if (mark.startedByIs === "ours-alone" || found.length <= mark.count) return found;
  throw new ShipError(
    "UNDO_INCOMPLETE",
    `${found.length} tasks with startedBy "${mark.startedBy}" run ${mark.taskDefinition}, and this run started at most ${mark.count}; none was stopped.`,
    { details: found.map((task) => task.arn) },
  );
}
