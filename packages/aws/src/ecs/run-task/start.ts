import { randomUUID } from "node:crypto";
import { type Failure, RunTaskCommand } from "@aws-sdk/client-ecs";
import { formatDuration, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { readTask, type TaskState } from "../api/tasks.ts";
import { findTasks, type TaskMark } from "./mark.ts";
import type { TaskOrder } from "./order.ts";
import { describeFailure, passes } from "./placement.ts";

/** What RunTask answered. */
interface Started {
  readonly tasks: readonly TaskState[];
  readonly failures: readonly Failure[];
}

/** Waits before another attempt when AWS has no capacity, in milliseconds. */
const capacityWaits = [5_000, 10_000, 20_000] as const;

/**
 * Starts the tasks of an order, once whatever happens to the answer: every repetition carries the same client token, and a
 * lost answer is looked for first.
 * @returns all tasks that were started, with the failures that kept others from it; a shortage of Fargate capacity that
 * left none started is tried again a few times
 */
export async function startTasks(caller: Caller, mark: TaskMark, order: TaskOrder): Promise<Started> {
  const { clock, log } = caller.session;
  for (const wait of capacityWaits) {
    const started = await sendOnce(caller, mark, order);
    if (started.tasks.length > 0 || !started.failures.some(passes)) return started;
    log.info(`${started.failures.map(describeFailure).join("; ")}; trying again in ${formatDuration(wait)}.`);
    await clock.sleep(wait, caller.options.signal);
  }
  return sendOnce(caller, mark, order);
}

/** @throws ShipError `TASK_NOT_PLACED` naming every reason, when not all tasks were placed */
export function requirePlaced({ tasks, failures }: Started, mark: TaskMark, stopped: string): void {
  if (failures.length === 0 && tasks.length > 0) return;
  const reasons = failures.map(describeFailure);
  const placed =
    tasks.length === 0
      ? "The one-off task was not started"
      : `Only ${tasks.length} of ${mark.count} one-off tasks were started, and ${stopped}`;
  throw new ShipError(
    "TASK_NOT_PLACED",
    `${placed}: ${reasons.join("; ") || "ecs:RunTask answered no task and no reason"}.`,
    { details: reasons },
  );
}

/** One RunTask call with a client token of its own: an answered refusal would be given again for the same one. */
function sendOnce(caller: Caller, mark: TaskMark, order: TaskOrder): Promise<Started> {
  const { cluster, startedBy, taskDefinition } = mark;
  const input = { ...order, cluster, startedBy, taskDefinition, clientToken: randomUUID() };
  return caller.session.write<Started>(
    {
      permission: "ecs:RunTask",
      send: async (abortSignal) => {
        const answer = await caller.client.send(new RunTaskCommand(input), { abortSignal });
        return { tasks: (answer.tasks ?? []).map(readTask), failures: answer.failures ?? [] };
      },
      // Endpoints that know no client tokens would start the tasks twice; those that do answer the first ones again.
      readBack: async () => {
        if (mark.startedByIs === "shared") return undefined;
        const tasks = await findTasks(caller, mark).catch((): readonly TaskState[] => []);
        return tasks.length === mark.count ? { tasks, failures: [] } : undefined;
      },
    },
    caller.options,
  );
}
