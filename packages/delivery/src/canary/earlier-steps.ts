import type { WeightChange } from "../gate.ts";
import type { StepRecord } from "./record.ts";

/** The steps that an earlier process of this rollout has left behind; the last weight is the step under way. */
export function earlierSteps(weights: readonly WeightChange[]): StepRecord[] {
  return weights.slice(0, -1).map(({ at, share }, index) => ({
    share,
    begun: at,
    ended: weights[index + 1]?.at ?? at,
    requests: 0,
    requestsNeeded: 0,
    outcome: "advance, in an earlier process",
  }));
}
