import { weightOf } from "../canary/weights.ts";
import type { Evidence } from "../gate.ts";
import type { ArmCounts } from "../metrics.ts";

/** The canary's share of bad requests from the start of a bin's step up to that bin, by the bin's index. */
export function badShareOfStep(
  { bins, weights }: Evidence,
  bad: (counts: ArmCounts) => number,
): (bin: number) => number {
  let step: number | undefined;
  let requests = 0;
  let badOnes = 0;
  const shares = bins.map((bin) => {
    const { at } = weightOf(bin, weights);
    if (at !== step) {
      step = at;
      requests = 0;
      badOnes = 0;
    }
    if (bin.canary !== "no-data") {
      requests += bin.canary.requests;
      badOnes += bad(bin.canary);
    }
    return requests === 0 ? 0 : badOnes / requests;
  });
  return (bin) => shares[bin] ?? 0;
}
