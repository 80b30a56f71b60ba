import type { Seen, SeenArm } from "#ship/delivery";
import type { PrometheusApi, Times } from "./api.ts";
import { boundOf, finiteBounds, type Histogram, quantile, slowerThan } from "./histogram.ts";
import { type Increases, readBuckets, readIncreases } from "./increases.ts";
import type { QueryTemplates } from "./query.ts";

/** What one release did, bin by bin. */
export interface ArmSeries {
  /** Finite bucket bounds in seconds, ascending; empty without latency. */
  readonly bounds: readonly number[];
  counted(start: number): Counted;
  /** `undefined` where the buckets do not say. */
  histogram(start: number): Histogram | undefined;
}

/** How much was counted in a bin: of a release that is not scraped, nothing. */
export interface Counted {
  readonly requests: Seen<number>;
  readonly errors: Seen<number>;
}

/** Reads a release's series for the bins of `times`. @param arm what `{{arm}}` stands for */
export async function readArm(
  api: PrometheusApi,
  templates: QueryTemplates,
  arm: string,
  { withLatency, ...times }: Times & { readonly withLatency: boolean },
  signal: AbortSignal,
): Promise<ArmSeries> {
  const { requests: template, errors: errorTemplate, latencyBuckets } = templates;
  const [requests, errors, buckets] = await Promise.all([
    readIncreases(api, { input: "query-requests", template, arm }, times, signal),
    readIncreases(api, { input: "query-errors", template: errorTemplate, arm }, times, signal),
    latencyBuckets !== undefined && withLatency
      ? readBuckets(api, { input: "query-latency-buckets", template: latencyBuckets, arm }, times, signal)
      : new Map<number, Increases>(),
  ]);
  return {
    bounds: finiteBounds(buckets.keys()),
    counted: (start) => countedOf(requests, errors, start),
    histogram: (start) => histogramOf(buckets, start),
  };
}

function countedOf(requests: Increases, errors: Increases, start: number): Counted {
  const isWatched = requests.isWatchedAt(start);
  if (!isWatched) return { requests: "absent", errors: "absent" };
  return { requests: requests.during(start, isWatched), errors: errors.during(start, isWatched) };
}

function histogramOf(buckets: ReadonlyMap<number, Increases>, start: number): Histogram | undefined {
  const all = buckets.get(Number.POSITIVE_INFINITY);
  if (!all) return undefined;
  const found: { bound: number; count: number }[] = [];
  for (const [bound, increases] of buckets) {
    const count = increases.during(start, all.isWatchedAt(start));
    if (typeof count !== "number") return undefined;
    found.push({ bound, count });
  }
  return found;
}

/** Puts a bin together. Slow requests are counted only where every edge can be. @param edges seconds */
export function seenArm(arm: ArmSeries, start: number, edges: readonly number[]): SeenArm {
  const counted = arm.counted(start);
  const histogram = edges.length === 0 ? undefined : arm.histogram(start);
  if (!histogram) return { ...counted, slower: "absent" };
  const slower = edges.map((edge) => {
    const bound = boundOf(edge, arm.bounds);
    return bound === undefined ? undefined : slowerThan(histogram, bound);
  });
  const p95 = quantile(histogram, 0.95);
  return {
    ...counted,
    slower: slower.every((count) => count !== undefined) ? slower : "unknown",
    ...(p95 === undefined ? {} : { p95 }),
  };
}
