import { ShipError } from "#ship/kit";
import { describeLabels, type Series } from "./answer.ts";
import type { NamedQuery } from "./failure.ts";

/** A histogram over some time: how many were at most as long as each bound, in seconds, ascending; the last is infinite. */
export type Histogram = readonly { readonly bound: number; readonly count: number }[];

const inMilliseconds = /_(?:milliseconds|ms)_bucket\b/;
/** Bounds that went through floating-point arithmetic are still the same bounds. */
const nearly = 1 - 1e-9;

/**
 * Sorts the series of a histogram by their `le` label, in seconds; a name that ends in `_milliseconds_bucket` is converted.
 * @throws ShipError `INPUT_INVALID` for series without that label
 */
export function byBound(
  series: readonly Series[],
  query: NamedQuery,
): ReadonlyMap<number, readonly Series[]> {
  const unit = inMilliseconds.test(query.text) ? 1_000 : 1;
  const found = new Map<number, Series[]>();
  for (const one of series) {
    const { le } = one.labels;
    const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le ?? "missing") / unit;
    if (Number.isNaN(bound)) {
      throw new ShipError(
        "INPUT_INVALID",
        `${query.input} answered ${describeLabels(one.labels)}, which has no bucket bound in its label le.`,
        {
          details: [query.text],
          hint: "Ask for the series that end in _bucket, and keep le: sum by (le) (…).",
        },
      );
    }
    found.set(bound, [...(found.get(bound) ?? []), one]);
  }
  return found;
}

/** The bounds below infinity. */
export function finiteBounds(bounds: Iterable<number>): readonly number[] {
  return [...bounds].filter(Number.isFinite).sort((a, b) => a - b);
}

/**
 * The bucket bound at which an edge is counted: the first that is not below it. Beyond the highest there is nothing to
 * count, so an edge there is counted at the highest: that is stricter, where infinity would see nothing.
 */
export function boundOf(edge: number, bounds: readonly number[]): number | undefined {
  return bounds.find((bound) => bound >= edge * nearly) ?? bounds.at(-1);
}

/** How many took longer than a bound; `undefined` for a histogram without that bound. */
export function slowerThan(histogram: Histogram, bound: number): number | undefined {
  const within = histogram.find((bucket) => bucket.bound === bound);
  const all = histogram.at(-1);
  return within && all ? Math.max(0, all.count - within.count) : undefined;
}

/** The bucket bound that holds a quantile; `undefined` when that is beyond the highest, or nothing was counted. */
export function quantileBound(histogram: Histogram, quantile: number): number | undefined {
  const all = histogram.at(-1)?.count ?? 0;
  if (all === 0) return undefined;
  const holder = histogram.find(({ count }) => count >= all * quantile);
  return holder && Number.isFinite(holder.bound) ? holder.bound : undefined;
}

/**
 * A quantile within its bucket, for people to read, as histogram_quantile() estimates it: evenly spread in the bucket, and
 * the highest bound for what lies beyond it.
 */
export function quantile(histogram: Histogram, wanted: number): number | undefined {
  const all = histogram.at(-1)?.count ?? 0;
  const index = histogram.findIndex(({ count }) => count >= all * wanted);
  const holder = histogram[index];
  if (all === 0 || !holder) return undefined;
  const below = histogram[index - 1] ?? { bound: 0, count: 0 };
  if (!Number.isFinite(holder.bound)) return index === 0 ? undefined : below.bound;
  const inside = holder.count - below.count;
  const share = inside === 0 ? 1 : (all * wanted - below.count) / inside;
  return below.bound + (holder.bound - below.bound) * share;
}
