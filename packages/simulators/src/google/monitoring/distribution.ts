import type { JsonObject } from "../../service.ts";

/** How values fall into buckets: an underflow bucket, `finite` growing ones, an overflow bucket. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly growth: number;
  readonly finite: number;
}

/**
 * The buckets of request latencies in milliseconds: 1 ms and up, each 40 % wider than the one before, as Google's own
 * HTTP latency metrics have them.
 */
export const latencyBuckets: ExponentialBuckets = { scale: 1, growth: 1.4, finite: 66 };

/** A population of values: how many, their mean and spread, and how many in each bucket. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly sumOfSquaredDeviation: number;
  /** From the underflow bucket on; missing ones at the end are empty. */
  readonly counts: readonly number[];
}

/** Number of the bucket a value falls into; bounds belong to the bucket above. */
export function bucketOf(value: number, { scale, growth, finite }: ExponentialBuckets): number {
  if (value < scale) return 0;
  return Math.min(finite + 1, 1 + Math.floor(Math.log(value / scale) / Math.log(growth) + 1e-12));
}

/** The distribution of one value. */
export function single(value: number): Distribution {
  const counts = Array.from({ length: bucketOf(value, latencyBuckets) + 1 }, () => 0);
  counts[counts.length - 1] = 1;
  return { count: 1, mean: value, sumOfSquaredDeviation: 0, counts };
}

/** Both populations together. */
export function merge(a: Distribution, b: Distribution): Distribution {
  const count = a.count + b.count;
  const difference = b.mean - a.mean;
  return {
    count,
    mean: count === 0 ? 0 : a.mean + (difference * b.count) / count,
    sumOfSquaredDeviation:
      a.sumOfSquaredDeviation +
      b.sumOfSquaredDeviation +
      (count === 0 ? 0 : (difference ** 2 * a.count * b.count) / count),
    counts: Array.from(
      { length: Math.max(a.counts.length, b.counts.length) },
      (_, index) => (a.counts[index] ?? 0) + (b.counts[index] ?? 0),
    ),
  };
}

/** The value below which the fraction `rank` lies, interpolated within its bucket; the overflow bucket counts as its lower bound. */
export function quantile({ count, counts }: Distribution, rank: number): number {
  const { scale, growth, finite } = latencyBuckets;
  const wanted = count * rank;
  let below = 0;
  for (const [index, inside] of counts.entries()) {
    if (inside > 0 && below + inside >= wanted) {
      const lower = index === 0 ? 0 : scale * growth ** (index - 1);
      const upper = index > finite ? lower : scale * growth ** index;
      return lower + ((wanted - below) / inside) * (upper - lower);
    }
    below += inside;
  }
  return 0;
}

/** google.api.Distribution. */
export function viewDistribution({ count, mean, sumOfSquaredDeviation, counts }: Distribution): JsonObject {
  const { scale, growth, finite } = latencyBuckets;
  return {
    count: String(count),
    mean,
    sumOfSquaredDeviation,
    bucketOptions: { exponentialBuckets: { numFiniteBuckets: finite, growthFactor: growth, scale } },
    bucketCounts: counts.map(String),
  };
}
