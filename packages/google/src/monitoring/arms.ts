import type { SeenArm } from "#ship/delivery";
import { countAbove, type Histogram, histogramOf, quantileOf } from "./histogram.ts";
import type { TimeSeries } from "./model.ts";
import { countOfPoint, startOf } from "./series.ts";

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
 * What Cloud Monitoring says of a revision in the period that starts at `at`; it has no series for one without requests.
 * @param edges seconds
 */
export function armAt(counts: RevisionCounts, edges: readonly number[], at: number): SeenArm {
  const histogram = counts.latencies.get(at);
  const p95 = histogram && quantileOf(histogram, 0.95);
  return {
    requests: counts.requests.get(at) ?? "absent",
    errors: counts.errors.get(at) ?? "absent",
    slower: histogram ? edges.map((edge) => countAbove(histogram, edge * millisecondsPerSecond)) : "absent",
    ...(p95 === undefined ? {} : { p95: p95 / millisecondsPerSecond }),
  };
}
