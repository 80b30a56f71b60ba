import type { Metrics } from "#ship/delivery";
import type { AwsSession } from "../session.ts";
import { armQueries, readArm } from "./arms.ts";
import { readBaseline } from "./baseline.ts";
import { type GroupDimensions, loadBalancerDimension, targetGroupDimension } from "./queries.ts";
import { createSeriesReader } from "./series.ts";

/** Which target groups are compared, and how metrics arrive. */
export interface AlbMetricsOptions {
  /** ARN of the listener or rule that forwards to both groups. */
  readonly listenerOrRule: string;
  /** ARNs. */
  readonly groups: { readonly stable: string; readonly canary: string };
  /** Milliseconds of a bin: 1, 5, 10, 20, 30 s or a multiple of 60 s (CloudWatch API reference: MetricStat). */
  readonly period: number;
  /** Milliseconds until a bin is complete. */
  readonly lag: number;
}

/** Metrics of two target groups of an application load balancer. No call is made yet. */
export function createAlbMetrics(session: AwsSession, options: AlbMetricsOptions): Metrics {
  const { period, lag } = options;
  const reader = createSeriesReader(session);
  const never = new AbortController().signal;
  const dimensions = (arn: string): GroupDimensions => ({
    loadBalancer: loadBalancerDimension(options.listenerOrRule),
    targetGroup: targetGroupDimension(arn),
  });
  const [stable, canary] = [dimensions(options.groups.stable), dimensions(options.groups.canary)];

  return {
    period,
    lag,
    baseline: (to, signal = never) => readBaseline(reader, stable, to, signal),
    async bins({ from, to, edges }, signal = never) {
      const first = Math.floor(from / period) * period;
      const end = Math.floor((to - lag) / period) * period;
      if (end <= first) return [];
      const queries = [
        ...armQueries("stable", stable, edges, period / 1_000),
        ...armQueries("canary", canary, edges, period / 1_000),
      ];
      const found = await reader.read(queries, first, end, signal);
      return Array.from({ length: (end - first) / period }, (_, index) => {
        const start = first + index * period;
        const seen = (arm: string) => readArm(found, arm, edges.length, start);
        return { start, end: start + period, stable: seen("stable"), canary: seen("canary") };
      });
    },
  };
}
