import { type Bin, type BinQuery, type Metrics, settleAbsence } from "#ship/delivery";

/** A question for bins, with the share of the requests that the canary was to get. */
export interface SettledQuery extends BinQuery {
  expectedShare(start: number, end: number): number;
}

/** Metrics whose bins are settled as a rollout settles them. */
export interface SettledMetrics extends Omit<Metrics, "bins"> {
  bins(query: SettledQuery, signal?: AbortSignal): Promise<readonly Bin[]>;
}

/** Reads bins and decides about silence in them. */
export function settled(metrics: Metrics): SettledMetrics {
  return {
    ...metrics,
    bins: async ({ expectedShare, ...query }, signal) =>
      settleAbsence(await metrics.bins(query, signal), { expectedShare, edges: query.edges }),
  };
}
