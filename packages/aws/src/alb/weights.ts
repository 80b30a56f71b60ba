/** The smallest share a listener rule can tell apart here: weights are whole numbers from 0 to 999 (ELBv2 API: TargetGroupTuple). */
export const albGrain = 0.001;

const scale = 1 / albGrain;
const highest = 999;

/** Relative weights of the two target groups of a split. */
export interface GroupWeights {
  readonly stable: number;
  readonly canary: number;
}

/** Weights for a share of the canary, a fraction from 0 to 1 in steps of {@link albGrain}. */
export function weightsFor(share: number): GroupWeights {
  const canary = Math.round(share * scale);
  return { stable: Math.min(highest, scale - canary), canary: Math.min(highest, canary) };
}

/** The canary's share under these weights; `undefined` when neither group has any. */
export function shareOf({ stable, canary }: GroupWeights): number | undefined {
  return stable + canary === 0 ? undefined : canary / (stable + canary);
}
