import type { Gate } from "../gate.ts";
import type { ScheduleStep } from "./schedule.ts";

/** One step with everything filled in. Times are milliseconds. */
export interface PlannedStep {
  readonly share: number;
  /** How long it lasts at least. */
  readonly interval: number;
  /** How long it may last while evidence is missing. */
  readonly longest: number;
  /** Whether a person has to approve before the traffic moves on. */
  readonly until?: "approval";
}

/** What a rollout follows. Pure data but for the gates, which are pure functions. Times are milliseconds. */
export interface CanaryPlan {
  readonly steps: readonly PlannedStep[];
  readonly gates: readonly Gate[];
  /** Whether the releases are compared while both run: then only bins that know both are evidence. */
  readonly compares: boolean;
  /** Edges in seconds that the metrics are asked for. */
  readonly edges: readonly number[];
  /** α of each gate and of the split check. */
  readonly gateAlpha: number;
  readonly alpha: number;
  /** Canary requests a step needs at this observed share. */
  requestsNeeded(need: {
    readonly step: PlannedStep;
    readonly stableErrorShare: number;
    readonly share: number;
  }): number;
  /** The stable release's error rate before the first shift. */
  readonly baselineErrorShare: number;
  /** Without canary metrics for this long, the rollout is inconclusive. */
  readonly maxBlind: number;
  /** The newest bin may be this old for the evidence to count as fresh. */
  readonly freshness: number;
}

/** How long each step lasts. Times are milliseconds. */
export interface Timing {
  readonly interval: number;
  readonly bake: number;
  /** The longest any step may take; three times its interval when absent. */
  readonly maxStep: number | undefined;
  /** How long a step may wait for its approval, in place of the longest it may take if that is shorter. */
  readonly approvalTimeout: number;
}

const longestFactor = 3;

/** Fills in durations: the interval for steps, the bake for the one at 100 %. */
export function planSteps(steps: readonly ScheduleStep[], timing: Timing): readonly PlannedStep[] {
  return steps.map(({ share, duration, until }) => {
    const interval = duration ?? (share === 1 ? timing.bake : timing.interval);
    const longest = Math.max(interval, timing.maxStep ?? interval * longestFactor);
    if (until === undefined) return { share, interval, longest };
    return { share, interval, longest: Math.max(longest, timing.approvalTimeout), until };
  });
}

/** Milliseconds a rollout takes at least, and at most, with every step extended to its limit. */
export function durationOf(steps: readonly PlannedStep[]): { readonly least: number; readonly most: number } {
  return {
    least: steps.reduce((sum, step) => sum + step.interval, 0),
    most: steps.reduce((sum, step) => sum + step.longest, 0),
  };
}
