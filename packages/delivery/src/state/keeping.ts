import type { Clock, Log } from "#ship/kit";
import type { PlannedStep } from "../canary/plan.ts";
import type { WeightChange } from "../gate.ts";
import type { TargetState, TrafficTarget } from "../target.ts";
import { type Claim, claimRollout, type OnExisting } from "./claim.ts";
import type { DeadMan } from "./dead-man.ts";
import { type CredentialLife, checkEndurance } from "./endurance.ts";
import { leaseOf } from "./lease.ts";
import type { TargetNotes } from "./notes.ts";
import type { Owner, RecordedRelease } from "./record.ts";
import { createRolloutRecords } from "./records.ts";
import { type Tenure, takePossession } from "./tenure.ts";

/** How a rollout outlives the process that drives it. */
export interface Keeping {
  readonly notes: TargetNotes;
  /** Absent where none can be had, or none is wanted. */
  readonly deadMan: DeadMan | undefined;
  readonly owner: Owner;
  /** Stands for the release on trial where the target cannot tell what it runs. */
  readonly commit: string;
  readonly credentials: CredentialLife;
  /** Milliseconds after which the job is stopped. */
  readonly jobLimit: number;
  readonly onExisting: OnExisting;
  /** When somebody else writes the split: back to stable, or stop and leave it as it was written. */
  readonly onDrift: "rollback" | "hold";
  /** Tries a release again that was rolled back before. */
  readonly force: boolean;
}

/** A rollout's place in the world, found before anything is written. */
export interface Place {
  readonly claim: Claim;
  readonly stable: RecordedRelease;
  readonly canary: RecordedRelease;
}

/**
 * Looks at what the target remembers and decides how this rollout starts.
 * @param plan hash of everything that decides about it
 * @throws ShipError as {@link claimRollout}
 */
export async function findPlace(
  keeping: Keeping,
  look: {
    readonly target: TrafficTarget;
    readonly plan: string;
    readonly now: number;
    readonly signal: AbortSignal;
  },
): Promise<Place> {
  const { target, plan, now, signal } = look;
  const [state, remembered] = await Promise.all([
    target.inspect(signal),
    createRolloutRecords(keeping.notes).read(signal),
  ]);
  const stable = recorded(state.stable, state.stable.reference ?? state.stable.name);
  const canary = recorded(state.canary, keeping.commit);
  const share = state.split.canary;
  return {
    claim: claimRollout(remembered, { ...keeping, plan, stable, canary, share, now }),
    stable,
    canary,
  };
}

/** @throws ShipError `JOB_TOO_SHORT` or `CREDENTIALS_TOO_SHORT` when the rollout could outlive what it needs */
export function requireEndurance(
  keeping: Keeping,
  steps: readonly PlannedStep[],
  { now, log }: { now: number; log: Log },
): void {
  const { refusals, warnings } = checkEndurance({ ...keeping, steps, now });
  const [refusal] = refusals;
  if (refusal) throw refusal;
  for (const warning of warnings) log.warning(warning);
}

/** Takes possession of the target for a rollout of these steps; one that is carried on keeps its identity. */
export function enterTenure(
  keeping: Keeping,
  place: Place,
  rollout: {
    readonly plan: string;
    readonly steps: readonly PlannedStep[];
    readonly begun: number;
    readonly weights: readonly WeightChange[];
  },
  ports: { clock: Clock; log: Log; signal: AbortSignal; losing: AbortController },
): Promise<Tenure> {
  const { owner, notes, deadMan } = keeping;
  const { claim, stable, canary } = place;
  const id = claim.kind === "resume" ? claim.record.id : `${owner.run}-${owner.attempt}-${rollout.begun}`;
  const { plan, begun, weights } = rollout;
  const records = createRolloutRecords(notes);
  return takePossession(
    { id, plan, stable, canary, owner, begun, weights },
    { ...ports, records, deadMan, lease: leaseOf(rollout.steps) },
    ports.signal,
  );
}

function recorded({ name, reference, release }: TargetState["stable"], otherwise: string): RecordedRelease {
  return { name, reference: reference ?? name, release: release ?? otherwise };
}
