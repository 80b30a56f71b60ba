import type { Distribution } from "./model.ts";

/** Samples by bucket: `bounds[i]` is the upper edge of bucket `i`, in the unit of the metric; the last bucket has none. */
export interface Histogram {
  readonly bounds: readonly number[];
  /** One more than bounds. */
  readonly counts: readonly number[];
}

/** Reads a distribution's buckets (google.api.Distribution.BucketOptions); `undefined` for one without buckets. */
export function histogramOf(distribution: Distribution): Histogram | undefined {
  const bounds = boundsOf(distribution);
  if (bounds === undefined) return undefined;
  const given = (distribution.bucketCounts ?? []).map(Number);
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, (_, index) => given[index] ?? 0) };
}

function boundsOf({ bucketOptions }: Distribution): readonly number[] | undefined {
  const { exponentialBuckets, linearBuckets, explicitBuckets } = bucketOptions ?? {};
  if (explicitBuckets) return explicitBuckets.bounds;
  if (exponentialBuckets) {
    const { numFiniteBuckets, growthFactor, scale } = exponentialBuckets;
    return Array.from({ length: numFiniteBuckets + 1 }, (_, index) => scale * growthFactor ** index);
  }
  if (linearBuckets) {
    const { numFiniteBuckets, width, offset = 0 } = linearBuckets;
    return Array.from({ length: numFiniteBuckets + 1 }, (_, index) => offset + width * index);
  }
  return undefined;
}

/** Samples in all. */
export function countOf({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Samples that certainly lie above an edge. Within a bucket nothing is known, so an edge inside one counts as the bucket's
 * upper edge: the same for both releases, and never against either.
 */
export function countAbove({ bounds, counts }: Histogram, edge: number): number {
  // Edges arrive in another unit: the last digit may have changed on the way.
  const first = bounds.findIndex((bound) => bound >= edge * (1 - 1e-9));
  return first === -1 ? 0 : counts.slice(first + 1).reduce((sum, count) => sum + count, 0);
}

/**
 * The upper edge of the bucket that holds a quantile: frozen as an edge, it is one the buckets can count exactly.
 * `undefined` when it lies in the last bucket, which has no upper edge, or when there are no samples.
 */
export function bucketEdge(histogram: Histogram, quantile: number): number | undefined {
  return histogram.bounds[bucketOf(histogram, quantile)];
}

/** A quantile for people to read, evenly spread within its bucket. */
export function quantileOf(histogram: Histogram, quantile: number): number | undefined {
  const { bounds, counts } = histogram;
  const index = bucketOf(histogram, quantile);
  const lower = bounds[index - 1] ?? 0;
  const upper = bounds[index] ?? lower;
  const before = counts.slice(0, index).reduce((sum, count) => sum + count, 0);
  const within = counts[index] ?? 0;
  return within === 0
    ? undefined
    : lower + ((upper - lower) * (quantile * countOf(histogram) - before)) / within;
}

function bucketOf(histogram: Histogram, quantile: number): number {
  const wanted = quantile * countOf(histogram);
  let seen = 0;
  return histogram.counts.findIndex((count) => {
    seen += count;
    return count > 0 && seen >= wanted;
  });
}
