import type { Evidence, WeightChange } from "../gate.ts";
import type { Bin } from "../metrics.ts";

/** The canary's share over a stretch of time, each weight counted for as long as it was in force; 0 before the first. */
export function shareDuring(weights: readonly WeightChange[], start: number, end: number): number {
  if (end <= start) return 0;
  const weighted = weights.reduce((sum, change, index) => {
    const from = Math.max(start, change.at);
    const until = Math.min(end, weights[index + 1]?.at ?? Number.POSITIVE_INFINITY);
    return sum + change.share * Math.max(0, until - from);
  }, 0);
  return weighted / (end - start);
}

/** The weight in force when a bin ended: the step that the bin belongs to. */
export function weightOf(bin: Bin, weights: readonly WeightChange[]): WeightChange {
  return weights.findLast((change) => change.at < bin.end) ?? { at: bin.start, share: 0 };
}

/** The weight in force now. */
export function currentWeight({ weights, bins }: Evidence): WeightChange {
  return weights.at(-1) ?? { at: bins[0]?.start ?? 0, share: 0 };
}

/** Bins that lie wholly within the present step. */
export function binsOfStep(evidence: Evidence): readonly Bin[] {
  const { at } = currentWeight(evidence);
  return evidence.bins.filter((bin) => bin.start >= at);
}

/** True for a bin that ended while the canary had all traffic: then nothing runs beside it. */
export function isAlone(bin: Bin, weights: readonly WeightChange[]): boolean {
  return weightOf(bin, weights).share >= 1;
}
