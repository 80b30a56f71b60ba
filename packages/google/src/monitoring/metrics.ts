import type { Metrics } from "#ship/delivery";
import type { GoogleSession } from "../session.ts";
import { armAt, countsOf } from "./arms.ts";
import { readBaseline } from "./baseline.ts";
import { readSeries } from "./series.ts";

/** Which revisions of a service are compared, and how metrics arrive. */
export interface CloudRunMetricsOptions {
  readonly project: string;
  readonly region: string;
  readonly service: string;
  /** Names of the two revisions. */
  readonly revisions: { readonly stable: string; readonly canary: string };
  /** Milliseconds of a bin, at least 60 000 (Monitoring API v3: Aggregation.alignmentPeriod). */
  readonly period: number;
  /** Milliseconds until a bin is complete. */
  readonly lag: number;
}

/** Metrics of two revisions of a Cloud Run service. No call is made yet. */
export function createCloudRunMetrics(session: GoogleSession, options: CloudRunMetricsOptions): Metrics {
  const { project, region, service, revisions, period, lag } = options;
  const where = { project, region, service };
  const names = [revisions.stable, revisions.canary];
  const never = new AbortController().signal;
  const revisionName = "resource.labels.revision_name";
  const groupBy = [revisionName, "metric.labels.response_code_class"] as const;

  return {
    period,
    lag,
    baseline: (to, signal = never) => readBaseline(session, where, revisions.stable, to, signal),
    async bins({ from, to, edges }, signal = never) {
      const first = Math.floor(from / period) * period;
      const end = Math.floor((to - lag) / period) * period;
      if (end <= first) return [];
      const asked = { ...where, revisions: names, from: first, to: end, period };
      const [requests, latencies] = await Promise.all([
        readSeries(session, { ...asked, metric: "request_count", groupBy }, signal),
        readSeries(session, { ...asked, metric: "request_latencies", groupBy: [revisionName] }, signal),
      ]);
      const seen = (name: string) => countsOf(name, { requests, latencies }, period);
      const [stable, canary] = [seen(revisions.stable), seen(revisions.canary)];
      return Array.from({ length: (end - first) / period }, (_, index) => {
        const start = first + index * period;
        return {
          start,
          end: start + period,
          stable: armAt(stable, edges, start),
          canary: armAt(canary, edges, start),
        };
      });
    },
  };
}
