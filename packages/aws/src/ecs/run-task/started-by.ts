import { randomUUID } from "node:crypto";
import type { MarkedRun, Work } from "../deployment/marks.ts";

/** What the API takes is letters, digits, hyphens, underscores and slashes, 128 at most (API reference, RunTask). */
const ours = /^GitHub-Actions\/([\w-]+)\/(\d*)\/[\da-f]{8}\/(\d{8}T\d{6}Z)$/;
/** Longest time from the limit of a wait to the end of its task, and for clocks that differ, in milliseconds. */
const grace = 120_000;

/** The work that a one-off task belongs to, and what is known of its run. */
export type Starter = Work & { readonly state: MarkedRun };

/**
 * Makes the `startedBy` of one step's tasks: the run, a text that no other step has, and for tasks that are waited for the
 * time when they are stopped at the latest. By that any later run can tell a task that a dead run left behind.
 * @param until when the wait for it ends, milliseconds since the epoch; `undefined` for a task that nobody waits for
 */
export function startedByOf(run: string, attempt: string, until: number | undefined): string {
  const own = `GitHub-Actions/${run || "local"}/${attempt}/${randomUUID().slice(0, 8)}`;
  return until === undefined ? own : `${own}/${compact(new Date(until + grace))}`;
}

/** Reads the `startedBy` of a task that is waited for; `undefined` when it is none of ours. */
export function readStartedBy(text: string): Work | undefined {
  const [, run, attempt, deadline] = ours.exec(text) ?? [];
  if (run === undefined || attempt === undefined || deadline === undefined) return undefined;
  const time = deadline.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5");
  return { run, attempt, deadline: Date.parse(time) || 0 };
}

/** `20261127T231500Z`. */
function compact(time: Date): string {
  return time.toISOString().replace(/\.\d+/, "").replaceAll(/[:-]/g, "");
}
