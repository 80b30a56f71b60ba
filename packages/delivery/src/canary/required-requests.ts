import { alternatives } from "../gates/e-process.ts";

/** Raises the expected number of requests so that about 80 of 100 bad canaries are caught by it. */
const power = 1.3;

/** What decides how many requests a verdict needs. */
export interface RequestNeed {
  /** α of one gate. */
  readonly alpha: number;
  /** The ratio of bad shares, canary to stable, that shall be detected. */
  readonly detect: number;
  readonly minRequests: number;
}

/**
 * Canary requests a step needs before "nothing found" means anything, from the growth of the two-arm test per request.
 * @param baselineShare the stable release's bad share, at least the negligible one
 * @param share the canary's observed share of requests, between 0 and 1
 * @returns a whole number; infinite when `detect` lies within the tolerance, so that the test never grows
 */
export function requestsToCompare(
  need: RequestNeed & { readonly tolerance: number },
  baselineShare: number,
  share: number,
): number {
  const { detect, tolerance } = need;
  const seen = 1 + (detect - 1) * share;
  const growth =
    baselineShare *
    (detect * Math.log(detect / tolerance) - (seen / share) * Math.log(seen / (1 + (tolerance - 1) * share)));
  return atLeast(need, growth);
}

/** The same for an absolute ceiling: requests until a bad share of `detect` times the ceiling shows. */
export function requestsToJudge(need: RequestNeed, ceiling: number): number {
  const share = Math.min(ceiling * need.detect, 0.95);
  const growth = share * Math.log(share / ceiling) + (1 - share) * Math.log((1 - share) / (1 - ceiling));
  return atLeast(need, growth);
}

function atLeast({ alpha, minRequests }: RequestNeed, growthPerRequest: number): number {
  if (growthPerRequest <= 0) return Number.POSITIVE_INFINITY;
  const wanted = -Math.log(alpha) + Math.log(alternatives.length) + Math.log(2);
  return Math.max(minRequests, Math.ceil((power * wanted) / growthPerRequest));
}
