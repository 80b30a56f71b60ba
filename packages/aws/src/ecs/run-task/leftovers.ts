import { formatDuration, type Run, ShipError } from "#ship/kit";
import { isClosed, isForeign } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { describeTasks, stopTask, type TaskState, tasksOfFamily } from "../api/tasks.ts";
import { lookUntil } from "../deployment/look.ts";
import { nameOfRun, stateOf } from "../deployment/marks.ts";
import { sentences } from "../reasons/sentence.ts";
import { readStartedBy, type Starter } from "./started-by.ts";

/** What to do about the one-off task of another run that may still be alive. */
export type OthersPolicy = "wait" | "fail" | "supersede" | "ignore";

/** A one-off task that was there before ours. */
interface Leftover extends TaskState {
  readonly starter: Starter;
}

/** Where to look for the one-off tasks of earlier runs, and how long they are waited for, in milliseconds. */
export interface LeftoverSearch {
  readonly caller: Caller;
  readonly run: Run;
  readonly cluster: string;
  readonly family: string;
  readonly others: OthersPolicy;
  readonly every: number;
  readonly timeout: number;
}

/** Shown by Amazon ECS as the stopped reason of what a dead run left running. */
const stoppedReason = "Stopped by deploy-ecs: the run that started it died";

/**
 * Refuses to begin beside another run's one-off task, where that is wished.
 * @throws ShipError `DEPLOYMENT_IN_PROGRESS`
 */
export async function requireNoOthers(search: LeftoverSearch): Promise<void> {
  if (search.others !== "fail") return;
  const [other] = (await leftovers(search)).filter(({ starter }) => starter.state === "unknown");
  if (other) throw inProgress([other], "");
}

/**
 * Ends what dead runs have left running before ours starts, since two of one kind, two migrations say, must not run side
 * by side: a task of an earlier attempt of this run, or one past the time at which its run would have stopped it. Whether
 * another run is dead cannot be told before that time; by the policy its task is waited for until then.
 * @throws ShipError `DEPLOYMENT_IN_PROGRESS` when time is up
 */
export async function endLeftovers(search: LeftoverSearch, signal: AbortSignal): Promise<void> {
  const { caller, run, cluster, others } = search;
  const found = await leftovers(search);
  const alive = found.filter(({ starter }) => starter.state === "unknown");
  const [first] = alive;
  if (first && others === "fail") throw inProgress([first], "");
  if (first && others === "supersede")
    run.log.warning(`${describe(first)} Ours starts beside it (\`on-conflict: supersede\`).`);
  if (first && others === "wait")
    run.log.notice(`${describe(first)} It is waited for (\`on-conflict: wait\`).`);
  let open = found.filter(({ starter }) => starter.state === "dead" || others === "wait");
  if (open.length === 0) return;
  const asked = new Set<string>();
  await lookUntil(
    caller,
    async () => {
      for (const task of open) {
        if (asked.has(task.arn) || stateOf(task.starter, run) !== "dead") continue;
        await stopTask(caller, cluster, task.arn, stoppedReason);
        asked.add(task.arn);
        run.log.notice(`${describe(task)} That run died, so its task is stopped first.`);
      }
      const { tasks } = await describeTasks(
        caller,
        cluster,
        open.map(({ arn }) => arn),
      );
      const running = new Set(tasks.filter(isOpen).map(({ arn }) => arn));
      open = open.filter(({ arn }) => running.has(arn));
      return open.length === 0 ? true : undefined;
    },
    {
      ...search,
      signal,
      late: () => inProgress(open, ` It has not ended within ${formatDuration(search.timeout)}.`),
    },
  );
}

/** Tasks of the family that deploy-ecs started and waits for, or would if its run were alive. */
async function leftovers({ caller, run, cluster, family }: LeftoverSearch): Promise<readonly Leftover[]> {
  try {
    const tasks = await tasksOfFamily(caller, cluster, family);
    return tasks.filter(isOpen).flatMap((task) => {
      const work = readStartedBy(task.startedBy);
      const state = work === undefined ? "this" : stateOf(work, run);
      return work === undefined || state === "this" ? [] : [{ ...task, starter: { ...work, state } }];
    });
  } catch (error) {
    if (!isClosed(error) && !isForeign(error)) throw error;
    run.log.info(sentences("Whether a run that died has left a one-off task cannot be seen", error.message));
    return [];
  }
}

function isOpen({ lastStatus }: TaskState): boolean {
  return lastStatus !== "STOPPED" && lastStatus !== "DELETED";
}

function describe({ id, taskDefinition, starter }: Leftover): string {
  return `The one-off task ${id} of ${taskDefinition.split("/").at(-1)}, started by ${nameOfRun(starter)}, still runs.`;
}

function inProgress(tasks: readonly Leftover[], more: string): ShipError {
  return new ShipError(
    "DEPLOYMENT_IN_PROGRESS",
    `${tasks.map(describe).join(" ")}${more} No other was started, and the service has not been touched.`,
  );
}
