import type { JsonObject } from "../../service.ts";
import type { GoogleCall } from "../api.ts";
import { GoogleFault, invalid } from "../status.ts";
import { durationMilliseconds } from "../values.ts";
import { align } from "./alignment.ts";
import { readFilter, type SeriesFilter } from "./filter.ts";
import { reduce } from "./reduction.ts";
import { type Series, viewSeries } from "./series.ts";
import { requestLatencies } from "./telemetry.ts";

/** Where `timeSeries.list` finds its series. */
export interface SeriesSource {
  /** Series of a metric as they can be read now. Undefined for a metric there is none of. */
  read(metricType: string): readonly Series[] | undefined;
  /** Shortest alignment period, milliseconds. */
  readonly shortestPeriod: number;
}

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** As many points as one answer holds at most. */
const largestPage = 100_000;

/** Answers `projects.timeSeries.list`. Throws INVALID_ARGUMENT naming the field, NOT_FOUND for an unknown metric. */
export function listTimeSeries({ query }: GoogleCall, source: SeriesSource): JsonObject {
  const filter = readFilter(query.get("filter") ?? "");
  const interval = readInterval(query);
  const view = query.get("view") === "HEADERS" ? "HEADERS" : "FULL";
  const aligned = aggregate(
    inInterval(found(filter, source), interval),
    interval,
    query,
    "aggregation",
    source,
  );
  const all = aggregate(aligned, interval, query, "secondaryAggregation", source).filter(
    ({ points }) => points.length > 0,
  );
  const { page, next } = pageOf(all, view, query);
  if (page.length === 0) return {};
  return {
    timeSeries: page.map((series) => viewSeries(series, view)),
    unit: filter.metricType === requestLatencies ? "ms" : "1",
    ...(next === undefined ? {} : { nextPageToken: next }),
  };
}

function found(filter: SeriesFilter, source: SeriesSource): readonly Series[] {
  const series = source.read(filter.metricType);
  if (series) return series.filter((each) => filter.matches(each));
  throw new GoogleFault(
    "NOT_FOUND",
    `Cannot find metric(s) that match type = "${filter.metricType}". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.`,
  );
}

function readInterval(query: URLSearchParams): Interval {
  const end = instant(query, "interval.endTime");
  if (end === undefined) throw invalid("interval.endTime", "Field interval.endTime is required.");
  const start = instant(query, "interval.startTime") ?? end - 1;
  if (start > end) {
    throw invalid(
      "interval.startTime",
      `Field interval.startTime had an invalid value: The start time must not be later than the end time.`,
    );
  }
  return { start, end };
}

function instant(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  const parsed = Date.parse(given);
  if (!Number.isFinite(parsed))
    throw invalid(name, `Field ${name} had an invalid value of "${given}": not a timestamp.`);
  return parsed;
}

/** Points whose end lies within (start, end]. */
function inInterval(all: readonly Series[], { start, end }: Interval): readonly Series[] {
  return all.map((series) => ({
    ...series,
    points: series.points.filter((point) => point.end > start && point.end <= end),
  }));
}

function aggregate(
  all: readonly Series[],
  interval: Interval,
  query: URLSearchParams,
  name: "aggregation" | "secondaryAggregation",
  { shortestPeriod }: SeriesSource,
): readonly Series[] {
  const aligner = query.get(`${name}.perSeriesAligner`) ?? "ALIGN_NONE";
  const reducer = query.get(`${name}.crossSeriesReducer`) ?? "REDUCE_NONE";
  if (aligner === "ALIGN_NONE") {
    if (reducer === "REDUCE_NONE") return all;
    throw invalid(
      `${name}.perSeriesAligner`,
      `Field ${name}.perSeriesAligner is required when a crossSeriesReducer is given.`,
    );
  }
  const given = query.get(`${name}.alignmentPeriod`);
  const period = durationMilliseconds(given ?? undefined);
  if (period === undefined || period < shortestPeriod) {
    throw invalid(
      `${name}.alignmentPeriod`,
      `Field ${name}.alignmentPeriod had an invalid value of "${given ?? ""}": The alignment period must be at least ${shortestPeriod / 1000} seconds.`,
    );
  }
  const aligned = all
    .filter(({ points }) => points.length > 0)
    .map((series) => align(series, aligner, { ...interval, period }));
  if (reducer === "REDUCE_NONE") return aligned;
  return reduce(aligned, reducer, query.getAll(`${name}.groupByFields`));
}

/** One page: counted in points, or in series when only headers are asked for. */
function pageOf(
  all: readonly Series[],
  view: "FULL" | "HEADERS",
  query: URLSearchParams,
): { readonly page: readonly Series[]; readonly next: string | undefined } {
  const token = query.get("pageToken") ?? "";
  const from = token === "" ? 0 : Number(Buffer.from(token, "base64url").toString("utf8"));
  if (!Number.isInteger(from) || from < 0)
    throw invalid("pageToken", `Field pageToken had an invalid value of "${token}".`);
  const asked = Number(query.get("pageSize") ?? 0);
  const size = asked > 0 ? Math.min(asked, largestPage) : largestPage;
  const sizeOf = ({ points }: Series) => (view === "HEADERS" ? 1 : points.length);
  const page: Series[] = [];
  let passed = 0;
  for (const series of all) {
    const skip = Math.max(0, from - passed);
    const room = Math.max(0, from + size - passed);
    // Points are answered newest first, so the first of a page are the newest.
    const newestFirst = series.points
      .toReversed()
      .slice(view === "HEADERS" ? 0 : skip, view === "HEADERS" ? undefined : room);
    const inPage = view === "HEADERS" ? skip === 0 && room > 0 : newestFirst.length > 0;
    if (inPage) page.push({ ...series, points: newestFirst.reverse() });
    passed += sizeOf(series);
  }
  const end = from + size;
  return { page, next: end < passed ? Buffer.from(String(end)).toString("base64url") : undefined };
}
