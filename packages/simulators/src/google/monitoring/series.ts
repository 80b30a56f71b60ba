import type { JsonObject } from "../../service.ts";
import { timestamp } from "../values.ts";
import { type Distribution, viewDistribution } from "./distribution.ts";

/** A measured value. */
export type Value =
  | { readonly type: "INT64" | "DOUBLE"; readonly number: number }
  | { readonly type: "DISTRIBUTION"; readonly distribution: Distribution };

/** A value over (start, end], milliseconds since the epoch. */
export interface Point {
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}

export type Labels = Readonly<Record<string, string>>;

/** A time series; its points oldest first. */
export interface Series {
  readonly metricType: string;
  readonly metricLabels: Labels;
  readonly resourceType: string;
  readonly resourceLabels: Labels;
  readonly metricKind: "DELTA" | "GAUGE";
  readonly valueType: Value["type"];
  readonly points: readonly Point[];
}

/** A TimeSeries of the Monitoring API; points newest first, as the API answers them. */
export function viewSeries(series: Series, view: "FULL" | "HEADERS"): JsonObject {
  const { metricType, metricLabels, resourceType, resourceLabels, metricKind, valueType } = series;
  return {
    metric: { type: metricType, ...(Object.keys(metricLabels).length > 0 ? { labels: metricLabels } : {}) },
    resource: {
      type: resourceType,
      ...(Object.keys(resourceLabels).length > 0 ? { labels: resourceLabels } : {}),
    },
    metricKind,
    valueType,
    ...(view === "FULL"
      ? { points: series.points.toReversed().map((point) => viewPoint(point, metricKind)) }
      : {}),
  };
}

function viewPoint({ start, end, value }: Point, kind: Series["metricKind"]): JsonObject {
  return {
    interval: { startTime: timestamp(kind === "GAUGE" ? end : start), endTime: timestamp(end) },
    value:
      value.type === "DISTRIBUTION"
        ? { distributionValue: viewDistribution(value.distribution) }
        : value.type === "INT64"
          ? { int64Value: String(value.number) }
          : { doubleValue: value.number },
  };
}
