import { type Clock, formatShare, type Log } from "#ship/kit";
import type { DeadMan } from "../state/dead-man.ts";
import type { TargetNotes } from "../state/notes.ts";
import { type Owner, runUrl } from "../state/record.ts";
import { createRolloutRecords } from "../state/records.ts";
import type { TrafficTarget } from "../target.ts";
import { bringBack, notBack } from "./bring-back.ts";

/** What {@link settle} works with. */
export interface SettlePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds to keep trying. */
  readonly budget: number;
  /** Whose rollout it was, and where it is remembered; absent on a platform that keeps its own state. */
  readonly keeping?:
    | { readonly notes: TargetNotes; readonly deadMan: DeadMan | undefined; readonly owner: Owner }
    | undefined;
}

/**
 * Settles what an earlier process of this run left behind when it died in the middle of a rollout: looks, brings the
 * traffic back to stable where the canary still has some, and takes timer and record away. What another run has taken over
 * is left to that one.
 * @throws ShipError `ROLLBACK_FAILED` with the command that does it by hand
 */
export async function settle(target: TrafficTarget, ports: SettlePorts): Promise<void> {
  const { clock, log, budget, keeping } = ports;
  const until = AbortSignal.timeout(budget);
  const records = keeping && createRolloutRecords(keeping.notes);
  const rollout = (await records?.read(until))?.rollout;
  if (keeping && typeof rollout === "object" && !isSameRun(rollout.owner, keeping.owner))
    return log.info(`${runUrl(rollout.owner)} drives the traffic by now; it is left to that run.`);
  const { split, stable, canary, motion } = await target.inspect(until);
  if (split.canary === 0 && motion === undefined) {
    log.info(`All traffic is at ${stable.name}.`);
  } else {
    log.warning(
      `${canary.name} still has ${formatShare(split.canary)} of the traffic of an unfinished rollout; it goes back to ${stable.name}.`,
    );
    const begun = motion === "back" ? Promise.resolve() : undefined;
    const { share } = await bringBack(target, { clock, budget, begun });
    if (share > 0) throw notBack(target, share);
  }
  await keeping?.deadMan?.disarm(until);
  await records?.clear({ signal: until });
}

function isSameRun(one: Owner, other: Owner): boolean {
  return one.repository === other.repository && one.run === other.run && one.attempt === other.attempt;
}
