import type { Arm, ArmCounts } from "#ship/delivery";
import { countAbove, type Histogram, histogramOf, quantileOf } from "./histogram.ts";
import type { TimeSeries } from "./model.ts";
import { countOfPoint, startOf } from "./series.ts";

/** With this many requests expected, a release without any series is missing data rather than without traffic. */
const expectedAtLeast = 30;
const millisecondsPerSecond = 1_000;

/** What was counted of one revision, by the start of the period in milliseconds since the epoch. */
export interface RevisionCounts {
  readonly requests: ReadonlyMap<number, number>;
  readonly errors: ReadonlyMap<number, number>;
  /** In milliseconds. */
  readonly latencies: ReadonlyMap<number, Histogram>;
}

/**
 * Sorts series by revision. Requests are counted by the class of their answer, so where a revision has any series at all, a
 * class without one is zero.
 */
export function countsOf(
  revision: string,
  series: { readonly requests: readonly TimeSeries[]; readonly latencies: readonly TimeSeries[] },
  period: number,
): RevisionCounts {
  const requests = new Map<number, number>();
  const errors = new Map<number, number>();
  const latencies = new Map<number, Histogram>();
  const ofRevision = ({ resource }: TimeSeries) => resource?.labels?.["revision_name"] === revision;
  for (const { metric, points } of series.requests.filter(ofRevision)) {
    const isError = metric?.labels?.["response_code_class"] === "5xx";
    for (const point of points) {
      const [at, count] = [startOf(point, period), countOfPoint(point)];
      requests.set(at, (requests.get(at) ?? 0) + count);
      if (isError) errors.set(at, (errors.get(at) ?? 0) + count);
    }
  }
  for (const { points } of series.latencies.filter(ofRevision)) {
    for (const point of points) {
      const histogram = point.value.distributionValue && histogramOf(point.value.distributionValue);
      if (histogram) latencies.set(startOf(point, period), histogram);
    }
  }
  return { requests, errors, latencies };
}

/**
 * What a revision did in the period that starts at `at`; `undefined` when no request of it was counted.
 * @param edges seconds
 */
export function armAt(counts: RevisionCounts, edges: readonly number[], at: number): ArmCounts | undefined {
  const requests = counts.requests.get(at);
  if (requests === undefined) return undefined;
  const histogram = counts.latencies.get(at);
  const above = (edge: number) =>
    histogram ? Math.min(requests, countAbove(histogram, edge * millisecondsPerSecond)) : 0;
  const p95 = histogram && quantileOf(histogram, 0.95);
  return {
    requests,
    errors: Math.min(requests, counts.errors.get(at) ?? 0),
    slower: edges.map(above),
    ...(p95 === undefined ? {} : { p95: p95 / millisecondsPerSecond }),
  };
}

/**
 * Cloud Monitoring has no series for a revision without requests. When the other one had some, that is zero requests, unless
 * its share made at least {@link expectedAtLeast} of them likely: then its data is late or lost. Neither is no data.
 * @param share of the requests intended for the one that is looked at, a fraction
 */
export function orAbsent(
  arm: ArmCounts | undefined,
  other: ArmCounts | undefined,
  share: number,
  edgeCount: number,
): Arm {
  if (arm) return arm;
  const expected = share >= 1 ? Number.POSITIVE_INFINITY : ((other?.requests ?? 0) * share) / (1 - share);
  if (!other || expected >= expectedAtLeast) return "no-data";
  return { requests: 0, errors: 0, slower: Array.from({ length: edgeCount }, () => 0) };
}
