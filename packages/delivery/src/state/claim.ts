import { formatDuration, formatShare, ShipError } from "#ship/kit";
import type { WeightChange } from "../gate.ts";
import { isSameShare } from "../same-share.ts";
import { type Owner, type RecordedRelease, type RolloutRecord, runUrl } from "./record.ts";
import type { Remembered } from "./records.ts";

/** What becomes of another run's rollout that is still alive, or was left where it is on purpose. */
export type OnExisting = "fail" | "rollback" | "adopt";

/** The rollout that wants to begin or go on. Times are milliseconds since the epoch. */
export interface Claimant {
  readonly owner: Owner;
  readonly plan: string;
  readonly stable: RecordedRelease;
  readonly canary: RecordedRelease;
  /** The canary's share of the traffic now, a fraction. */
  readonly share: number;
  readonly now: number;
  readonly onExisting: OnExisting;
  /** Begins even with a release that was rolled back before. */
  readonly force: boolean;
}

/** How a rollout starts. A notice is for people; the traffic goes to 0 % first whenever it is not there. */
export type Claim =
  | { readonly kind: "unchanged" }
  | { readonly kind: "begin"; readonly notice: string | undefined }
  | {
      readonly kind: "resume";
      readonly record: RolloutRecord;
      /** Weights that were really in force; the last one is in force now. */
      readonly weights: readonly WeightChange[];
      readonly notice: string;
    };

/**
 * Decides what a rollout may do about what the target remembers: begin, carry on at the step where an earlier process
 * stopped, or nothing.
 * @throws ShipError `ROLLOUT_IN_PROGRESS`, `RELEASE_KNOWN_BAD`, or `TRAFFIC_DRIFTED` when the split is none that the
 * record explains. Nothing has been changed then.
 */
export function claimRollout({ rollout, badRelease }: Remembered, ours: Claimant): Claim {
  const begin = (notice?: string): Claim => {
    if (badRelease === ours.canary.release && !ours.force) throw knownBad(ours);
    return { kind: "begin", notice };
  };
  if (typeof rollout !== "object" && isSameShare(ours.share, 1)) return { kind: "unchanged" };
  if (rollout === undefined) return begin(ours.share > 0 ? leftOver(ours) : undefined);
  if (rollout === "garbled")
    return begin("The record of an earlier rollout cannot be read; the rollout starts from 0 %.");

  const isOurs = rollout.owner.run === ours.owner.run && rollout.owner.repository === ours.owner.repository;
  const isAlive = !isOurs && (rollout.deadline === "held" || ours.now < rollout.deadline);
  const differs = difference(rollout, ours);
  const mayGoOn = differs === undefined && (!isAlive || rollout.deadline === "held");
  if (mayGoOn || (isAlive && ours.onExisting === "adopt")) {
    if (differs !== undefined) throw inProgress(rollout, ours, `It cannot be adopted: ${differs}.`);
    return carryOn(rollout, ours, begin);
  }
  if (isAlive && ours.onExisting === "fail") throw inProgress(rollout, ours);
  if (!sameSides(rollout, ours))
    throw inProgress(
      rollout,
      ours,
      "It divides the traffic between other releases; let reconcile settle it.",
    );
  const which = isAlive ? "is ended" : "died";
  return begin(
    `The rollout of ${runUrl(rollout.owner)} ${which} at ${formatShare(ours.share)}; all traffic goes back to ${ours.stable.name} first.`,
  );
}

/** Carries on where the traffic is: at the last weight noted, or at the one before when that was never written. */
function carryOn(record: RolloutRecord, ours: Claimant, begin: (notice: string) => Claim): Claim {
  const { weights } = record;
  const from = runUrl(record.owner);
  if (isSameShare(ours.share, 0))
    return begin(`The rollout of ${from} ended with all traffic at ${ours.stable.name}; it starts again.`);
  const inForce = [weights, weights.slice(0, -1)].find((list) => {
    const last = list.at(-1);
    return last !== undefined && isSameShare(last.share, ours.share);
  });
  if (!inForce) {
    const left = formatShare(weights.at(-1)?.share ?? 0);
    throw new ShipError(
      "TRAFFIC_DRIFTED",
      `${ours.canary.name} has ${formatShare(ours.share)} of the traffic, but the rollout of ${from} left it at ${left}.`,
      {
        hint: "Find out who wrote it. Bring the split to either value, or all of it to the stable release, and run again.",
      },
    );
  }
  const notice = `The rollout of ${from} goes on at ${formatShare(ours.share)}, with the evidence since ${new Date(record.begun).toISOString()}.`;
  return { kind: "resume", record, weights: inForce, notice };
}

function difference(record: RolloutRecord, ours: Claimant): string | undefined {
  if (!sameSides(record, ours)) return "it divides the traffic between other releases";
  if (record.canary.release !== ours.canary.release)
    return `it moves traffic to ${record.canary.release}, this run to ${ours.canary.release}`;
  if (record.stable.release !== ours.stable.release)
    return `its stable release is ${record.stable.release}, and here ${ours.stable.release}`;
  return record.plan === ours.plan ? undefined : "its steps, gates or limits are others";
}

function sameSides(record: RolloutRecord, ours: Claimant): boolean {
  return (
    record.stable.reference === ours.stable.reference && record.canary.reference === ours.canary.reference
  );
}

function leftOver({ canary, share }: Claimant): string {
  return `${canary.name} has ${formatShare(share)} of the traffic and no rollout explains it; it starts again from 0 %.`;
}

function knownBad({ canary }: Claimant): ShipError {
  return new ShipError(
    "RELEASE_KNOWN_BAD",
    `${canary.name} runs ${canary.release}, which was rolled back on evidence before. Nothing has been changed.`,
  );
}

function inProgress(record: RolloutRecord, { now }: Claimant, more?: string): ShipError {
  const state =
    record.deadline === "held"
      ? "was left where it is on purpose"
      : now < record.deadline
        ? `is alive, for ${formatDuration(record.deadline - now)} at least`
        : "died";
  const said = `The rollout of ${runUrl(record.owner)} (${record.canary.name}, at ${formatShare(record.weights.at(-1)?.share ?? 0)}) ${state}. Nothing has been changed.`;
  return new ShipError("ROLLOUT_IN_PROGRESS", more === undefined ? said : `${said} ${more}`);
}
