import type { Bin } from "./metrics.ts";

/** What a gate concludes. `suspect` holds the weight; `inconclusive` means that evidence is missing, never that all is well. */
export type GateStatus = "pass" | "suspect" | "fail" | "inconclusive";

/** A verdict with the evidence a person needs to believe it. */
export interface Verdict {
  readonly gate: string;
  readonly status: GateStatus;
  /** The statistic and the threshold it is held against. */
  readonly value: number;
  readonly threshold: number;
  /** One line: observed values against limits. */
  readonly explanation: string;
}

/** A pure function of the evidence so far; replaying the bins gives the same verdict. */
export type Gate = (bins: readonly Bin[]) => Verdict;
