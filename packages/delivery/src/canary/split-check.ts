import { logBeta } from "../gates/log-space.ts";

/** How strongly the prior believes in the weight that was written, in requests. */
const priorRequests = 100;
/** A share within this factor of the weight is near enough. */
const nearEnough = 1.5;

/** What the split check found. */
export interface SplitFinding {
  /** The canary's observed share of requests. */
  readonly observed: number;
  /** Natural logarithm of the evidence against the written weight. */
  readonly logEvidence: number;
  /** True when the split is certainly not the one written, and far from it. */
  readonly isOff: boolean;
}

/**
 * Compares the division of requests with the weight that was written (a beta-binomial e-value). A split that is off holds
 * the step and is told, but never rolls back: sticky sessions bend it too.
 * @param share the written share, between 0 and 1, both excluded
 */
export function checkSplit(canary: number, stable: number, share: number, alpha: number): SplitFinding {
  const [priorCanary, priorStable] = [priorRequests * share, priorRequests * (1 - share)];
  const logEvidence =
    logBeta(priorCanary + canary, priorStable + stable) -
    logBeta(priorCanary, priorStable) -
    canary * Math.log(share) -
    stable * Math.log(1 - share);
  const observed = canary + stable === 0 ? share : canary / (canary + stable);
  const isFar = observed < share / nearEnough || observed > share * nearEnough;
  return { observed, logEvidence, isOff: logEvidence >= -Math.log(alpha) && isFar };
}
