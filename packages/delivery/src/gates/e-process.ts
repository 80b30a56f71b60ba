import { logAddExp, logMeanExp } from "./log-space.ts";

/** How many times worse than tolerated the canary may be; all are held equally likely. */
export const alternatives: readonly number[] = [1.25, 1.5, 2, 3, 5, 10, 30, 100];

/** For each bin, ln of the likelihood ratio of each alternative; `undefined` for a bin that says nothing. */
export type Increments = readonly (readonly number[] | undefined)[];

/**
 * Evidence against a healthy canary after each bin, as ln M. M is an e-process: while the canary is healthy, the chance
 * that M ever reaches 1/α is at most α, however often one looks (Ville's inequality). Half of the belief is on "bad from
 * the start", the rest on later changes, so that a release which turns bad later is noticed soon.
 *
 * Bins that say nothing repeat the value before them; ln M starts at 0.
 */
export function logEvidence(increments: Increments): number[] {
  let informative = 0;
  let beliefs: readonly number[] = [];
  let logM = 0;
  return increments.map((ratios) => {
    if (ratios === undefined) return logM;
    informative += 1;
    const fresh = logChangeWeight(informative);
    beliefs = ratios.map(
      (ratio, index) => logAddExp(beliefs[index] ?? Number.NEGATIVE_INFINITY, fresh) + ratio,
    );
    logM = logAddExp(logMeanExp(beliefs), -Math.log(2 * informative));
    return logM;
  });
}

/** ln of the belief that the release turned bad exactly at the j-th informative bin: ½, then 1/(2j(j−1)); they sum to 1. */
function logChangeWeight(bin: number): number {
  return bin === 1 ? Math.log(0.5) : -Math.log(2 * bin * (bin - 1));
}

/** The mean of several e-processes over the same bins, which is one again; ln M after each bin. */
export function meanEvidence(trails: readonly (readonly number[])[]): number[] {
  const [first = []] = trails;
  return first.map((_, bin) => logMeanExp(trails.map((trail) => trail[bin] ?? 0)));
}
