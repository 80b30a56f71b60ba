import { formatDuration, ShipError } from "#ship/kit";
import { durationOf, type PlannedStep } from "../canary/plan.ts";

/**
 * How long the credentials of a run last: renewed as long as the job lives, until a moment (milliseconds since the epoch),
 * or nobody knows.
 */
export type CredentialLife =
  | { readonly kind: "renewed" | "unknown" }
  | { readonly kind: "until"; readonly at: number };

/** Milliseconds of validity always in hand, to bring traffic back with. */
export const rollbackReserve = 15 * 60_000;
/** Milliseconds for everything beside the steps: health before, settling after. */
const overhead = 10 * 60_000;
/** What most ways of getting temporary credentials give by default (STS: AssumeRole, 3600 s). */
const usualLife = 60 * 60_000;

/** What stands against a rollout of this length. */
export interface Endurance {
  /** Reasons not to begin. */
  readonly refusals: readonly ShipError[];
  readonly warnings: readonly string[];
  /** Milliseconds the rollout takes at most. */
  readonly most: number;
}

/** Compares the longest time a rollout may take with what its credentials and its job have left. Times are milliseconds. */
export function checkEndurance(rollout: {
  /** Those still to come. */
  readonly steps: readonly PlannedStep[];
  readonly credentials: CredentialLife;
  readonly jobLimit: number;
  readonly now: number;
}): Endurance {
  const { credentials, jobLimit, now } = rollout;
  const most = durationOf(rollout.steps).most + overhead;
  const needed = most + rollbackReserve;
  const refusals: ShipError[] = [];
  const warnings: string[] = [];
  if (most > jobLimit) {
    refusals.push(
      new ShipError(
        "JOB_TOO_SHORT",
        `This rollout may take ${formatDuration(most)}, and its job is stopped after ${formatDuration(jobLimit)}. Nothing has been changed.`,
      ),
    );
  }
  if (credentials.kind === "until" && now + needed > credentials.at) {
    const left = formatDuration(Math.max(0, credentials.at - now));
    refusals.push(
      new ShipError(
        "CREDENTIALS_TOO_SHORT",
        `This rollout may take ${formatDuration(most)}, and ${formatDuration(rollbackReserve)} more are kept in hand to bring traffic back; the credentials expire in ${left}. Nothing has been changed.`,
      ),
    );
  }
  if (credentials.kind === "unknown" && needed > usualLife) {
    warnings.push(
      `Nobody says when the credentials of this job expire, and they cannot be renewed. Most last ${formatDuration(usualLife)}; this rollout may take ${formatDuration(most)}. Set \`role-to-assume\` to have them renewed.`,
    );
  }
  return { refusals, warnings, most };
}

/** Why a rollout must end now: what is left of its credentials is what bringing traffic back may need. */
export function isRunningOut(credentials: CredentialLife, now: number): string | undefined {
  if (credentials.kind !== "until" || credentials.at - now > rollbackReserve) return undefined;
  const left = formatDuration(Math.max(0, credentials.at - now));
  return `the credentials expire in ${left}, and ${formatDuration(rollbackReserve)} are kept in hand to bring traffic back with`;
}
