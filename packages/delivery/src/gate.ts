import type { Bin } from "./metrics.ts";

/** What a gate concludes. `suspect` holds the weight; `inconclusive` means that evidence is missing, never that all is well. */
export type GateStatus = "pass" | "suspect" | "fail" | "inconclusive";

/** A verdict with the evidence a person needs to believe it. */
export interface Verdict {
  readonly gate: string;
  readonly status: GateStatus;
  /** ln M after the last bin, and the ln(1/α) it is held against. */
  readonly value: number;
  readonly threshold: number;
  /** The chance of evidence this strong, ever, against a healthy canary: at most 1 over the highest M, however often one looked. */
  readonly p: number;
  /** Of a comparison: how many times the stable release's share of bad requests the canary has at least; absent while nothing is certain. */
  readonly ratioAtLeast?: number | undefined;
  /** ln M after each bin, in the order of the bins. */
  readonly trail: readonly number[];
  /** True for a gate that needs the stable release beside the canary. */
  readonly comparesArms: boolean;
  /** One line: observed values against limits. */
  readonly explanation: string;
  /** Of an absolute limit: whether the stable release breaks it itself just now, and for how many milliseconds of this step. */
  readonly baseline?: { readonly sick: boolean; readonly milliseconds: number } | undefined;
}

/** A moment at which the split changed. */
export interface WeightChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Share of requests for the canary from then on, a fraction from 0 to 1. */
  readonly share: number;
}

/** Everything a gate may look at: bins since the first shift, ascending, and every change of weight, ascending. */
export interface Evidence {
  readonly bins: readonly Bin[];
  readonly weights: readonly WeightChange[];
}

/** A pure function of the evidence so far; replaying it gives the same verdict. */
export type Gate = (evidence: Evidence) => Verdict;
