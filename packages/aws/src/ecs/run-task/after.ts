import { poll, type Run, ShipError } from "#ship/kit";
import type { AwsSession } from "../../session.ts";
import { createCaller } from "../api/caller.ts";
import { describeTasks } from "../api/tasks.ts";
import { cancelledReason, stopMarked } from "./guard.ts";
import { findTasks, readMark, type TaskMark } from "./mark.ts";

/** A task whose start was not answered is looked for this long: lists lag behind. Milliseconds. */
const patience = { every: 2_000, timeout: 20_000 };

/**
 * What the post step does when `main` ended (or was killed) with one-off tasks open: finds them, where their ARNs were not
 * known yet, stops what still runs, and looks until Amazon ECS is seen to end it.
 */
export async function finishTasks(session: AwsSession, saved: string, run: Run): Promise<void> {
  const caller = createCaller(session);
  const mark = readMark(saved);
  const arns = mark.tasks.length > 0 ? mark.tasks : await searchFor(mark, caller);
  if (arns.length === 0) {
    run.log.info(`No task was started: none with startedBy "${mark.startedBy}" runs in ${mark.cluster}.`);
    return;
  }
  const { tasks } = await describeTasks(caller, mark.cluster, arns);
  const running = tasks.filter((task) => task.desiredStatus !== "STOPPED").map((task) => task.arn);
  if (running.length > 0) await stopMarked(caller, { ...mark, tasks: running }, cancelledReason);
  await poll(
    async () => {
      const now = await describeTasks(caller, mark.cluster, arns);
      return now.tasks.every((task) => task.desiredStatus === "STOPPED") ? true : undefined;
    },
    {
      clock: session.clock,
      everyMilliseconds: patience.every,
      timeoutMilliseconds: patience.timeout,
      signal: run.signal,
      onTimeout: () => new ShipError("UNDO_INCOMPLETE", `A one-off task still runs: ${arns.join(", ")}.`),
    },
  );
  run.log.notice(`The one-off task was seen to end: ${arns.join(", ")}.`);
}

async function searchFor(
  mark: TaskMark,
  caller: ReturnType<typeof createCaller>,
): Promise<readonly string[]> {
  const { clock } = caller.session;
  const until = clock.now() + patience.timeout;
  for (;;) {
    const found = await findTasks(caller, mark);
    if (found.length >= mark.count || clock.now() >= until) return found.map((task) => task.arn);
    await clock.sleep(patience.every);
  }
}
