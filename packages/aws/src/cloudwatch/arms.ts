import type { SeenArm } from "#ship/delivery";
import type { GroupDimensions, SeriesQuery } from "./queries.ts";
import type { Series } from "./series.ts";

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

/** What the load balancer says of one release in the period that starts at `at`. Errors are answers with 5xx and no answers. */
export function readArm(
  found: ReadonlyMap<string, Series>,
  prefix: string,
  edgeCount: number,
  at: number,
): SeenArm {
  const value = (suffix: string) => found.get(`${prefix}_${suffix}`)?.get(at);
  const [answered, unreachable] = [value("answered5xx"), value("unreachable")];
  const slower = Array.from({ length: edgeCount }, (_, index) => value(`slower${index}`));
  const p95 = value("p95");
  return {
    requests: value("requests") ?? "absent",
    errors:
      answered === undefined && unreachable === undefined ? "absent" : (answered ?? 0) + (unreachable ?? 0),
    slower: slower.every((count) => count !== undefined) ? slower : "absent",
    ...(p95 === undefined ? {} : { p95 }),
  };
}
