import type { ShipError } from "#ship/kit";
import type { WeightChange } from "../gate.ts";
import type { Bin } from "../metrics.ts";
import type { Judgement } from "./decide.ts";
import type { CanaryPlan } from "./plan.ts";

/** How a rollout ended. `failed` means that traffic could not be brought back, or that nothing was shifted at all. */
export type RolloutResult =
  | "promoted"
  | "rolled-back"
  | "inconclusive"
  | "cancelled"
  | "unchanged"
  | "failed";

/** One step as it went. */
export interface StepRecord {
  readonly share: number;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  readonly ended: number;
  readonly requests: number;
  readonly requestsNeeded: number;
  /** How the step ended: `advance`, `promote`, or why not. */
  readonly outcome: string;
}

/** Everything that happened, for outputs, summary and evidence. */
export interface RolloutReport {
  readonly plan: Pick<CanaryPlan, "steps" | "edges">;
  readonly result: RolloutResult;
  readonly reason: string;
  /** Number of the last step begun, from 1; 0 before the first. */
  readonly step: number;
  readonly stepCount: number;
  /** The canary's share at the end, a fraction. */
  readonly share: number;
  readonly begun: number;
  readonly ended: number;
  readonly steps: readonly StepRecord[];
  readonly weights: readonly WeightChange[];
  readonly bins: readonly Bin[];
  readonly judgement: Judgement | undefined;
  /** The stable release's error rate over everything known, a fraction. */
  readonly stableErrorShare: number;
  /** In observe mode: what the gates would have done, and why. */
  readonly wouldHave: string | undefined;
  readonly failure: ShipError | undefined;
}
