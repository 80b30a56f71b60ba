import { ShipError } from "#ship/kit";
import type { GoogleSession } from "../session.ts";
import { type Point, type TimeSeries, timeSeriesPage } from "./model.ts";
import { monitoringPermission } from "./permissions.ts";

/** Which of a service's metrics are wanted, added up over everything that `groupBy` does not name. */
export interface SeriesQuery {
  /** Below `run.googleapis.com/`. */
  readonly metric: "request_count" | "request_latencies";
  readonly project: string;
  readonly region: string;
  readonly service: string;
  readonly revisions: readonly string[];
  /** Milliseconds since the epoch; a whole number of periods apart. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds. */
  readonly period: number;
  readonly groupBy: readonly ("resource.labels.revision_name" | "metric.labels.response_code_class")[];
}

/** All series that match. A series without any data in the time asked for is not among them. */
export async function readSeries(
  session: GoogleSession,
  query: SeriesQuery,
  signal: AbortSignal,
): Promise<readonly TimeSeries[]> {
  const series: TimeSeries[] = [];
  let pageToken: string | undefined;
  do {
    const page = await session.call(
      {
        api: "monitoring",
        method: "GET",
        permission: monitoringPermission,
        path: `v3/projects/${query.project}/timeSeries`,
        query: parametersOf(query, pageToken),
        schema: timeSeriesPage,
      },
      { signal },
    );
    const problems = [
      ...page.executionErrors.map(({ message }) => message ?? "an error"),
      ...page.unreachable,
    ];
    if (problems.length > 0) {
      throw new ShipError(
        "SERVICE_UNAVAILABLE",
        `Cloud Monitoring answered with a part of ${query.metric} only: ${problems.join("; ")}`,
      );
    }
    series.push(...page.timeSeries);
    pageToken = page.nextPageToken || undefined;
  } while (pageToken !== undefined);
  return series;
}

/** The start of the period that a point is for: periods are aligned to the end of the time asked for (Monitoring API v3: Aggregation). */
export function startOf({ interval }: Point, period: number): number {
  return Date.parse(interval.endTime) - period;
}

/** A count; what is 0 may be absent. */
export function countOfPoint({ value }: Point): number {
  return Math.round(Number(value.int64Value ?? value.doubleValue ?? 0));
}

function parametersOf(query: SeriesQuery, pageToken: string | undefined): URLSearchParams {
  const { metric, project, region, service, revisions, from, to, period, groupBy } = query;
  const filter = [
    `metric.type = "run.googleapis.com/${metric}"`,
    'resource.type = "cloud_run_revision"',
    `resource.labels.project_id = "${project}"`,
    `resource.labels.location = "${region}"`,
    `resource.labels.service_name = "${service}"`,
    `resource.labels.revision_name = one_of(${revisions.map((name) => JSON.stringify(name)).join(", ")})`,
  ].join(" AND ");
  const parameters = new URLSearchParams({
    filter,
    "interval.startTime": new Date(from).toISOString(),
    "interval.endTime": new Date(to).toISOString(),
    "aggregation.alignmentPeriod": `${period / 1_000}s`,
    // ALIGN_DELTA would make up values for periods without any.
    "aggregation.perSeriesAligner": "ALIGN_SUM",
    "aggregation.crossSeriesReducer": "REDUCE_SUM",
    view: "FULL",
  });
  for (const field of groupBy) parameters.append("aggregation.groupByFields", field);
  if (pageToken !== undefined) parameters.set("pageToken", pageToken);
  return parameters;
}
