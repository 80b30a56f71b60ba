import { alternatives, logEvidence } from "./e-process.ts";

const { log } = Math;

/** Requests and bad ones of both releases in the same stretch of time. */
export interface TwoArmCounts {
  readonly canaryRequests: number;
  readonly canaryBad: number;
  readonly stableRequests: number;
  readonly stableBad: number;
}

/** What counts as tolerably worse. */
export interface TwoArmSettings {
  /** Ratio of bad shares, canary to stable, that is still healthy: 1.25 forgives a quarter more. */
  readonly tolerance: number;
  /** Mean number of correlated requests behind one independent one; 1 when requests are routed one by one. */
  readonly dispersion: number;
}

/**
 * Tests "the canary's bad share is at most `tolerance` times the stable one's" from concurrent counts; ln M after each bin.
 *
 * Only the division of the bad requests between the releases counts, given how the requests were divided: an incident
 * that hits both, a changing weight or a drifting baseline leave it valid. It is the known-split count test of
 * Lindon & Malek (arXiv 2011.03567), generalised to changing splits and tolerated ratios.
 *
 * @param bins `undefined` where either release has no data; a bin without requests on either side, or without bad ones, changes nothing
 */
export function twoArmEvidence(
  bins: readonly (TwoArmCounts | undefined)[],
  settings: TwoArmSettings,
): number[] {
  return logEvidence(bins.map((counts) => counts && logRatios(counts, settings)));
}

function isInformative({ canaryRequests, canaryBad, stableRequests, stableBad }: TwoArmCounts): boolean {
  return canaryRequests > 0 && stableRequests > 0 && canaryBad + stableBad > 0;
}

/** ln of the likelihood ratio of each alternative to "at most `tolerance` times stable"; `undefined` for a bin that says nothing. */
export function logRatios(
  counts: TwoArmCounts,
  { tolerance, dispersion }: TwoArmSettings,
): readonly number[] | undefined {
  if (!isInformative(counts)) return undefined;
  const share = counts.canaryRequests / (counts.canaryRequests + counts.stableRequests);
  const bad = counts.canaryBad + counts.stableBad;
  const tolerated = 1 + (tolerance - 1) * share;
  return alternatives.map((times) => {
    const alternative = 1 + (tolerance * times - 1) * share;
    return (counts.canaryBad * log(times) - bad * log(alternative / tolerated)) / dispersion;
  });
}
