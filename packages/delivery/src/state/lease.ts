import type { PlannedStep } from "../canary/plan.ts";

/** A runner that says nothing for longer than this is taken for dead, in milliseconds; short schedules make it less. */
const longest = 600_000;
const shortest = 20_000;

/** Milliseconds from a heartbeat to the deadline: the shortest step, within reason. */
export function leaseOf(steps: readonly PlannedStep[]): number {
  return Math.min(longest, Math.max(shortest, Math.min(...steps.map(({ interval }) => interval))));
}
