import { alternatives, logEvidence } from "./e-process.ts";

/** Above this share an alternative makes no sense any more. */
const highestAlternative = 0.95;

/** Requests and bad ones of one release. */
export interface OneArmCounts {
  readonly requests: number;
  readonly bad: number;
}

/**
 * Tests "the bad share is at most `ceiling`" of one release without a control; ln M after each bin.
 * @param bins `undefined` where there is no data; bins without requests change nothing
 * @param ceiling a fraction above 0 and below 0.95
 */
export function ceilingEvidence(
  bins: readonly (OneArmCounts | undefined)[],
  ceiling: number,
  dispersion: number,
): number[] {
  const shares = [...new Set(alternatives.map((times) => Math.min(ceiling * times, highestAlternative)))];
  return logEvidence(
    bins.map((counts) => {
      if (counts === undefined || counts.requests === 0) return undefined;
      const good = counts.requests - counts.bad;
      return shares.map(
        (share) =>
          (counts.bad * Math.log(share / ceiling) + good * Math.log((1 - share) / (1 - ceiling))) /
          dispersion,
      );
    }),
  );
}
