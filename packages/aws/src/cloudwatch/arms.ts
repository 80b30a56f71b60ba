import type { Arm, ArmCounts } from "#ship/delivery";
import type { GroupDimensions, SeriesQuery } from "./queries.ts";
import type { Series } from "./series.ts";

/** With this many requests expected, a canary without any series is missing data rather than without traffic. */
const expectedAtLeast = 30;

/** The queries for one release, with ids that begin with `prefix`. Edges are seconds, `period` is in seconds. */
export function armQueries(
  prefix: string,
  group: GroupDimensions,
  edges: readonly number[],
  period: number,
): readonly SeriesQuery[] {
  const query = (suffix: string, metric: string, statistic: string): SeriesQuery => ({
    id: `${prefix}_${suffix}`,
    metric,
    statistic,
    group,
    period,
  });
  return [
    query("requests", "RequestCount", "Sum"),
    query("answered5xx", "HTTPCode_Target_5XX_Count", "Sum"),
    query("unreachable", "TargetConnectionErrorCount", "Sum"),
    query("p95", "TargetResponseTime", "p95"),
    ...edges.map((edge, index) => query(`slower${index}`, "TargetResponseTime", `TC(${edge}:)`)),
  ];
}

/**
 * What one release did in the period that starts at `at`; `undefined` when its request count is absent. The load balancer
 * publishes an error count only when there is one to report, so beside a request count an absent one is zero.
 */
export function readArm(
  found: ReadonlyMap<string, Series>,
  prefix: string,
  edgeCount: number,
  at: number,
): ArmCounts | undefined {
  const value = (suffix: string) => found.get(`${prefix}_${suffix}`)?.get(at);
  const requests = value("requests");
  if (requests === undefined) return undefined;
  const errors = Math.min(requests, (value("answered5xx") ?? 0) + (value("unreachable") ?? 0));
  const p95 = value("p95");
  return {
    requests: Math.round(requests),
    errors: Math.round(errors),
    slower: Array.from({ length: edgeCount }, (_, index) =>
      Math.round(Math.min(requests, value(`slower${index}`) ?? 0)),
    ),
    ...(p95 === undefined ? {} : { p95 }),
  };
}

/**
 * Tells absence of traffic from absence of data: nothing of either release is no data; nothing of one while the other has
 * traffic is zero requests, unless so many were expected of it that its series must be late or lost.
 * @param expectedShare the canary's intended share of requests, a fraction
 */
export function settleAbsence(
  canary: ArmCounts | undefined,
  stable: ArmCounts | undefined,
  expectedShare: number,
  edgeCount: number,
): { readonly canary: Arm; readonly stable: Arm } {
  const none: ArmCounts = { requests: 0, errors: 0, slower: Array.from({ length: edgeCount }, () => 0) };
  if (canary && stable) return { canary, stable };
  if (!canary && !stable) return { canary: "no-data", stable: "no-data" };
  const seen = (canary ?? stable ?? none).requests;
  const seenShare = canary ? expectedShare : 1 - expectedShare;
  const expectedOfOther = seenShare <= 0 ? Number.POSITIVE_INFINITY : (seen * (1 - seenShare)) / seenShare;
  const other: Arm = expectedOfOther >= expectedAtLeast ? "no-data" : none;
  return { canary: canary ?? other, stable: stable ?? other };
}
