import type { Notes, RecordNoteName } from "#ship/delivery";
import { ShipError } from "#ship/kit";
import type { Situation } from "./situation.ts";

/** A rollout between the two services of a pair, as it is noted beside the traffic. */
export interface Ongoing {
  /** Page of the run that drives it. */
  readonly owner: string;
  /** ARN of the target group of the release on trial. */
  readonly canaryGroup: string;
  /** False once its driver has let the deadline pass. */
  readonly isAlive: boolean;
}

/**
 * Reads who drives the traffic of a pair; `undefined` when nobody does, or when the notes cannot be understood.
 * @param now milliseconds since the epoch
 */
export function readOngoing(notes: Notes, now: number): Ongoing | undefined {
  const note = (name: RecordNoteName) => notes[name];
  const [owner, canaryGroup, deadline] = [note("owner"), note("canary"), note("deadline")];
  if (!owner || !canaryGroup || !deadline) return undefined;
  return { owner, canaryGroup, isAlive: deadline === "held" || Date.parse(deadline) > now };
}

/**
 * Refuses to replace what a rollout has moved traffic to, or could go back to. Its own release is welcome: that is the
 * rollout's job run again.
 * @param taskDefinition ARN to deploy; `undefined` when it is yet to be registered
 * @throws ShipError `ROLLOUT_IN_PROGRESS` naming the run that drives it
 */
export function requireRoom({ pair }: Situation, taskDefinition: string | undefined): void {
  if (!pair?.rollout || taskDefinition === pair.idle.taskDefinition) return;
  const { owner, isAlive } = pair.rollout;
  throw new ShipError(
    "ROLLOUT_IN_PROGRESS",
    `The rollout of ${owner} moves the traffic of ${pair.stable.name} to ${pair.idle.name}${isAlive ? "" : " and has died"}; another release has no place beside it. Nothing has been changed.`,
    {
      hint: isAlive
        ? "Wait for that run, or cancel it, then run again."
        : "Run that job again, or let `canary-shift` with `reconcile: true` bring the traffic back, then run again.",
    },
  );
}
