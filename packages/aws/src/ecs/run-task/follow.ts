import { createProgress, formatDuration, poll, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { describeTasks, stopTask, type TaskState } from "../api/tasks.ts";
import { patientLooks } from "../deployment/look.ts";
import type { Fields } from "../task-definition/schema.ts";
import type { MainContainer } from "./main-container.ts";
import { drain, openOutput, silent, type TaskOutput } from "./output.ts";

/** What is followed, and how. Durations are milliseconds. */
export interface Following {
  readonly caller: Caller;
  readonly cluster: string;
  readonly tasks: readonly TaskState[];
  readonly definition: Fields;
  readonly main: MainContainer;
  readonly logs: "follow" | "none";
  /** Last lines of each main container to keep. */
  readonly keep: number;
  readonly every: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A task that has ended. */
export interface EndedTask extends TaskState {
  /** The last lines of its main container. */
  readonly tail: readonly string[];
  /** All that its main container said, or the end of it where that is long. */
  readonly output: readonly string[];
  /** Whether its main container was seen to end while nobody wanted the task to stop. */
  readonly mainEnded: "by-itself" | "unseen";
}

/** Amazon ECS may need a moment until it knows a new task (API reference, RunTask: eventual consistency). */
const patienceWithNew = 60_000;
/** A known task that is missing from this many looks in a row is gone. */
const patienceWithKnown = 15_000;

/**
 * Follows tasks until all have stopped, showing what changes and what their main containers say.
 * @throws ShipError `TASK_TIMEOUT`, or `TASK_FAILED` when Amazon ECS does not know a task any more
 */
export async function followTasks(following: Following): Promise<readonly EndedTask[]> {
  const { caller, cluster, main, signal } = following;
  const { clock, log } = caller.session;
  const states = new Map(following.tasks.map((task) => [task.arn, task]));
  const outputs = new Map<string, TaskOutput>();
  const missingSince = new Map<string, number>();
  const described = new Set<string>();
  const byItself = new Set<string>();
  const progress = createProgress(log, clock);
  const looks = patientLooks(caller);
  let endedAt: number | undefined;

  const look = async (): Promise<true | undefined> => {
    const { tasks, missing } = await describeTasks(caller, cluster, unfinished(states));
    for (const task of tasks) {
      described.add(task.arn);
      missingSince.delete(task.arn);
      states.set(task.arn, task);
      if (hasEnded(task, main.name) && task.desiredStatus === "RUNNING") byItself.add(task.arn);
    }
    for (const arn of missing) {
      const since = missingSince.get(arn) ?? clock.now();
      missingSince.set(arn, since);
      refuseToWait(arn, clock.now() - since, described.has(arn));
    }
    progress.update(statusLine([...states.values()], main.name));
    await endForgotten(caller, cluster, [...states.values()], main);
    return unfinished(states).length === 0 ? true : undefined;
  };
  const showOutput = async () => {
    if (following.logs === "none") return;
    for (const task of states.values()) {
      if (!hasBegun(task, main.name)) continue;
      const output = outputs.get(task.arn) ?? openOutput(caller, sourceOf(following, task, states.size));
      outputs.set(task.arn, output);
    }
    await Promise.all([...outputs.values()].map((output) => output.show(caller)));
  };

  try {
    await poll(
      async () => {
        const all = await looks.at(look);
        if ([...states.values()].every((task) => hasEnded(task, main.name))) endedAt ??= clock.now();
        await showOutput();
        return all;
      },
      {
        clock,
        everyMilliseconds: () => caller.session.pace.of(following.every),
        timeoutMilliseconds: following.timeout,
        signal,
        onTimeout: () => timeoutOf(following, [...states.values()], looks.blamed),
      },
    );
    await drain(caller, [...outputs.values()], endedAt ?? clock.now(), clock);
  } finally {
    for (const output of outputs.values()) output.close();
  }
  return [...states.values()].map((task) => {
    const { lines } = outputs.get(task.arn) ?? silent;
    return {
      ...task,
      tail: following.keep === 0 ? [] : lines.slice(-following.keep),
      output: lines,
      mainEnded: byItself.has(task.arn) ? "by-itself" : "unseen",
    };
  });
}

function unfinished(states: ReadonlyMap<string, TaskState>): string[] {
  return [...states.values()].filter((task) => !isOver(task)).map((task) => task.arn);
}

function isOver({ lastStatus }: TaskState): boolean {
  return lastStatus === "STOPPED" || lastStatus === "DELETED";
}

function refuseToWait(arn: string, missingFor: number, isKnown: boolean): void {
  if (missingFor < (isKnown ? patienceWithKnown : patienceWithNew)) return;
  throw new ShipError(
    "TASK_FAILED",
    `Amazon ECS ${isKnown ? "no longer knows" : "does not know"} the task ${arn} (ecs:DescribeTasks answered MISSING for ${formatDuration(missingFor)}), so how it ended cannot be told.`,
  );
}

/** A task whose main container is not essential would go on when that container has ended. */
async function endForgotten(
  caller: Caller,
  cluster: string,
  tasks: readonly TaskState[],
  main: MainContainer,
): Promise<void> {
  if (main.essential) return;
  for (const task of tasks) {
    if (task.desiredStatus !== "RUNNING" || !hasEnded(task, main.name)) continue;
    caller.session.log.info(`${main.name} has ended; the rest of its task is stopped.`);
    await stopTask(caller, cluster, task.arn, `The container ${main.name} has ended`);
  }
}

function containerOf(task: TaskState, name: string) {
  return task.containers.find((container) => container.name === name);
}

function hasBegun(task: TaskState, main: string): boolean {
  const status = containerOf(task, main)?.lastStatus;
  return status === "RUNNING" || status === "STOPPED" || task.lastStatus === "RUNNING";
}

function hasEnded(task: TaskState, main: string): boolean {
  return isOver(task) || containerOf(task, main)?.lastStatus === "STOPPED";
}

function sourceOf({ definition, main }: Following, task: TaskState, count: number) {
  const title = count === 1 ? main.name : `${main.name} ${task.id.slice(0, 8)}`;
  return { definition, container: main.name, taskId: task.id, title };
}

function statusLine(tasks: readonly TaskState[], main: string): string {
  const lines = tasks.map((task) => {
    const container = containerOf(task, main);
    const end =
      container?.exitCode === undefined ? "" : `, ${main} ended with exit code ${container.exitCode}`;
    return `task ${task.id.slice(0, 8)} is ${task.lastStatus}${end}`;
  });
  return lines.join("; ");
}

function timeoutOf(
  following: Following,
  tasks: readonly TaskState[],
  blamed: (message: string) => string,
): ShipError {
  const running = tasks.filter((task) => !isOver(task));
  const statuses = running.map((task) => `${task.id.slice(0, 8)} is ${task.lastStatus}`).join(", ");
  return new ShipError(
    "TASK_TIMEOUT",
    blamed(
      `The one-off ${running.length === 1 ? "task" : "tasks"} did not end within ${formatDuration(following.timeout)}: ${statuses}.`,
    ),
  );
}
