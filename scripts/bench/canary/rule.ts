import type { ArmCounts, Bin, WeightChange } from "#ship/delivery";

/** One minute as metrics show it. */
export interface Minute extends Bin {
  /** A third group that runs the stable release with as much traffic as the canary. */
  readonly twin: ArmCounts | "no-data";
}

/** What a rule sees when it looks. Times are minutes since the first shift, or milliseconds where the types say so. */
export interface Look {
  readonly now: number;
  /** Complete minutes whose metrics have arrived, from the first. */
  readonly minutes: readonly Minute[];
  /** Index of the present step. */
  readonly step: number;
  readonly weights: readonly WeightChange[];
}

/** What a rule wants: `advance` when it has nothing against the next step. */
export type Answer = "advance" | "hold" | "roll-back";

/** A rule for canaries, tried over and over on the same worlds. */
export interface Rule {
  readonly name: string;
  /** Begins one rollout; the rule remembers what it needs between looks. */
  begin(requestsPerSecond: number): (look: Look) => Answer;
}

/** The schedule on which all rules are tried: shares, each for ten minutes. */
export const shares: readonly number[] = [0.05, 0.1, 0.25, 0.5];
export const stepMinutes = 10;
/** Minutes until the metrics of a minute have arrived. */
export const lagMinutes = 1;
export const minute = 60_000;

/** The limit of the peers' latency rules in seconds; it stands last among the edges. */
export const slowFrom = 0.5;

/** Requests slower than {@link slowFrom}. */
export function slow({ slower }: ArmCounts): number {
  return slower.at(-1) ?? 0;
}
