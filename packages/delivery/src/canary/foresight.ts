import { negligibleShare } from "../gates/two-arm-errors.ts";
import type { PlannedStep } from "./plan.ts";
import { type RequestNeed, requestsToCompare, requestsToJudge } from "./required-requests.ts";

/** What is known of the rollout to come. */
export interface Prospect {
  /** Requests of both releases in a millisecond. */
  readonly traffic: number;
  /** The stable release's error rate, a fraction. */
  readonly errorShare: number;
  /** α of one gate. */
  readonly alpha: number;
  /** Ratio of error rates that is tolerated; absent where nothing is compared. */
  readonly tolerance: number | undefined;
  /** The limit on errors, a fraction; used where nothing is compared. */
  readonly ceiling: number | undefined;
}

/** Ratios above this are no longer looked for. */
const highest = 1_000;
const halvings = 30;

/**
 * The smallest ratio of error rates, canary to stable (or to the limit), that a step shows within the longest it may take,
 * with about 80 % power.
 * @returns `undefined` when not even a thousandfold rate would show
 */
export function smallestVisible(prospect: Prospect, step: PlannedStep): number | undefined {
  const isVisible = (ratio: number) => timeToSee(prospect, step, ratio) <= step.longest;
  let [hidden, visible] = [prospect.tolerance ?? 1, highest];
  if (!isVisible(visible)) return undefined;
  for (let count = 0; count < halvings; count += 1) {
    const middle = Math.sqrt(hidden * visible);
    if (isVisible(middle)) visible = middle;
    else hidden = middle;
  }
  return visible;
}

/** Milliseconds until a ratio of error rates shows in a step; infinite for one that is tolerated, or without traffic. */
export function timeToSee(prospect: Prospect, step: PlannedStep, ratio: number): number {
  const { traffic, alpha, tolerance, ceiling } = prospect;
  const need: RequestNeed = { alpha, detect: ratio, minRequests: 1 };
  const share = Math.max(negligibleShare, prospect.errorShare);
  const requests =
    tolerance === undefined
      ? requestsToJudge(need, ceiling ?? share)
      : requestsToCompare({ ...need, tolerance }, share, step.share);
  const perMillisecond = traffic * step.share;
  return perMillisecond === 0 ? Number.POSITIVE_INFINITY : requests / perMillisecond;
}
