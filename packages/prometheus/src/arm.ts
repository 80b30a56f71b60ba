import type { ArmCounts } from "#ship/delivery";
import type { PrometheusApi, Times } from "./api.ts";
import { boundOf, finiteBounds, type Histogram, quantile, slowerThan } from "./histogram.ts";
import { type Increases, readBuckets, readIncreases } from "./increases.ts";
import type { QueryTemplates } from "./query.ts";

/** What one release did, bin by bin. */
export interface ArmSeries {
  /** Finite bucket bounds in seconds, ascending; empty without latency. */
  readonly bounds: readonly number[];
  /** Requests and errors of a bin; `absent` without a request count, `unknown` when one of both is not a number. */
  counted(start: number): Counted | "absent" | "unknown";
  /** `undefined` where the buckets do not say. */
  histogram(start: number): Histogram | undefined;
}

/** Whole numbers. */
export interface Counted {
  readonly requests: number;
  readonly errors: number;
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

/** A counter of errors first exists once there was one, so beside a request count an absent one is zero. */
function countedOf(requests: Increases, errors: Increases, start: number): Counted | "absent" | "unknown" {
  const isWatched = requests.isWatchedAt(start);
  if (!isWatched) return "absent";
  const [all, bad] = [requests.during(start, isWatched), errors.during(start, isWatched)];
  if (all === "unknown" || bad === "unknown") return "unknown";
  if (all === "absent") return "absent";
  const whole = Math.round(all);
  return { requests: whole, errors: Math.min(whole, Math.round(bad === "absent" ? 0 : bad)) };
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

/**
 * Puts a bin together. With edges asked for, requests whose latency is not known make the whole bin unknown: as zero slow
 * requests it would count as evidence of health.
 */
export function armCounts(
  arm: ArmSeries,
  start: number,
  edges: readonly number[],
): ArmCounts | "absent" | "unknown" {
  const counted = arm.counted(start);
  if (counted === "absent" || counted === "unknown") return counted;
  const { requests } = counted;
  if (requests === 0 || edges.length === 0) return { ...counted, slower: edges.map(() => 0) };
  const histogram = arm.histogram(start);
  if (!histogram) return "unknown";
  const slower = edges.map((edge) => {
    const bound = boundOf(edge, arm.bounds);
    return bound === undefined ? undefined : slowerThan(histogram, bound);
  });
  if (!slower.every((count) => count !== undefined)) return "unknown";
  const p95 = quantile(histogram, 0.95);
  return {
    ...counted,
    slower: slower.map((count) => Math.min(requests, Math.round(count))),
    ...(p95 === undefined ? {} : { p95 }),
  };
}
