import type { GateSettings } from "./gate-set.ts";
import type { CanaryPlan } from "./plan.ts";
import { requestsToCompare, requestsToJudge } from "./required-requests.ts";

/** What decides how many canary requests a step needs. */
export interface NeedSettings extends Pick<GateSettings, "compare" | "tolerance" | "maxErrorRate"> {
  readonly minRequests: number;
  readonly detect: number;
  readonly gateAlpha: number;
}

/**
 * The rule of a plan: while the releases are compared, the two-arm test's need; with a limit alone, that of the limit's
 * test; at 100 %, and with neither, the bare minimum.
 */
export function requestsNeeded(settings: NeedSettings): CanaryPlan["requestsNeeded"] {
  const { minRequests, detect, tolerance, compare, maxErrorRate, gateAlpha } = settings;
  return ({ step, stableErrorShare, share }) => {
    if (step.share === 1) return minRequests;
    const need = { alpha: gateAlpha, detect, minRequests };
    if (compare) return requestsToCompare({ ...need, tolerance }, stableErrorShare, share);
    return maxErrorRate === undefined ? minRequests : requestsToJudge(need, maxErrorRate);
  };
}
