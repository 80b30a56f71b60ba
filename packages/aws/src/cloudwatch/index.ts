import type { Metrics } from "#ship/delivery";
import type { SplitSides } from "../alb/sides.ts";
import type { AwsSession } from "../session.ts";
import type { AlbMetricsOptions } from "./metrics.ts";

/** Where the metrics of a split come from: its listener or rule, and the two releases as they were given. */
export interface AlbMetricsSource extends Pick<AlbMetricsOptions, "listenerOrRule" | "period" | "lag"> {
  readonly sides: SplitSides;
}

/** What a role needs for {@link openAlbMetrics}: IAM actions. */
export const albMetricsPermissions: readonly string[] = ["cloudwatch:GetMetricData"];

/** The newest minute of a load balancer's metrics is partial, and may come late. Milliseconds. */
export const albMetricsLag = 120_000;

/** Opens CloudWatch as the evidence of a split; the SDK is loaded only now. */
export async function openAlbMetrics(
  session: AwsSession,
  { sides, ...source }: AlbMetricsSource,
  signal: AbortSignal,
): Promise<Metrics> {
  const [{ createAlbMetrics }, { findSides }] = await Promise.all([
    import("./metrics.ts"),
    import("../alb/sides.ts"),
  ]);
  const { groups } = await findSides(session, sides, signal);
  return createAlbMetrics(session, { ...source, groups });
}

/** Lengths of a bin in milliseconds that CloudWatch takes (MetricStat.Period): 1, 5, 10, 20, 30 s and multiples of 60 s. */
export function isMetricPeriod(milliseconds: number): boolean {
  return (
    [1_000, 5_000, 10_000, 20_000, 30_000].includes(milliseconds) ||
    (milliseconds > 0 && milliseconds % 60_000 === 0)
  );
}
