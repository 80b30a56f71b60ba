import { invalid } from "../status.ts";
import { merge, quantile } from "./distribution.ts";
import type { Point, Series, Value } from "./series.ts";

const percentiles: Readonly<Record<string, number>> = { "99": 0.99, "95": 0.95, "50": 0.5, "05": 0.05 };

/** The blocks that points are put into: of `period` milliseconds, the last of them ending at `end`. */
export interface Blocks {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/**
 * Puts a series' points into blocks and makes one value of each block that has any. Throws INVALID_ARGUMENT for an
 * aligner that does not suit the series.
 */
export function align(series: Series, aligner: string, blocks: Blocks): Series {
  const { make, kind, type } = alignerOf(series, aligner, blocks.period / 1000);
  const filled = new Map<number, Value[]>();
  for (const { end, value } of series.points) {
    const block = blocks.end - Math.floor((blocks.end - end) / blocks.period) * blocks.period;
    filled.set(block, [...(filled.get(block) ?? []), value]);
  }
  const points = [...filled].map(([end, values]) => ({
    start: end - blocks.period,
    end,
    value: make(values),
  }));
  const aligned = points.sort((a, b) => a.end - b.end);
  return {
    ...series,
    metricKind: kind,
    valueType: type,
    points: aligner === "ALIGN_DELTA" ? interpolated(aligned, blocks.period) : aligned,
  };
}

interface Aligner {
  readonly make: (values: readonly Value[]) => Value;
  readonly kind: Series["metricKind"];
  readonly type: Value["type"];
}

function alignerOf(series: Series, aligner: string, seconds: number): Aligner {
  const { valueType, metricKind } = series;
  const double = (make: (values: readonly Value[]) => number): Aligner => ({
    make: (values) => ({ type: "DOUBLE", number: make(values) }),
    kind: "GAUGE",
    type: "DOUBLE",
  });
  const [, percentile] = /^ALIGN_PERCENTILE_(\d\d)$/.exec(aligner) ?? [];
  const rank = percentile === undefined ? undefined : percentiles[percentile];
  if (rank !== undefined && valueType === "DISTRIBUTION")
    return double((values) => quantileOf(total(values), rank));
  if (aligner === "ALIGN_SUM" || (aligner === "ALIGN_DELTA" && metricKind === "DELTA")) {
    return { make: total, kind: metricKind, type: valueType };
  }
  if (aligner === "ALIGN_COUNT") {
    return { make: (values) => ({ type: "INT64", number: values.length }), kind: "GAUGE", type: "INT64" };
  }
  if (valueType !== "DISTRIBUTION") {
    if (aligner === "ALIGN_RATE" && metricKind === "DELTA")
      return double((values) => numberOf(total(values)) / seconds);
    if (aligner === "ALIGN_MEAN") return double((values) => numberOf(total(values)) / values.length);
    if (aligner === "ALIGN_MAX" || aligner === "ALIGN_MIN") {
      const pick = aligner === "ALIGN_MAX" ? Math.max : Math.min;
      return {
        make: (values) => ({ type: valueType, number: pick(...values.map(numberOf)) }),
        kind: "GAUGE",
        type: valueType,
      };
    }
  }
  throw invalid(
    "aggregation.perSeriesAligner",
    `Field aggregation.perSeriesAligner had an invalid value of "${aligner}": The aligner cannot be applied to metrics with kind ${metricKind} and value type ${valueType}.`,
  );
}

/** The values together: sums of numbers, merged distributions. */
export function total(values: readonly Value[]): Value {
  return values.reduce((sum, value) => {
    if (sum.type === "DISTRIBUTION" && value.type === "DISTRIBUTION") {
      return { type: "DISTRIBUTION", distribution: merge(sum.distribution, value.distribution) };
    }
    return { type: sum.type === "INT64" ? "INT64" : "DOUBLE", number: numberOf(sum) + numberOf(value) };
  });
}

/** A value as one number; the mean of a distribution. */
export function numberOf(value: Value): number {
  return value.type === "DISTRIBUTION" ? value.distribution.mean : value.number;
}

/** The quantile of a distribution; a number is its own. */
export function quantileOf(value: Value, rank: number): number {
  return value.type === "DISTRIBUTION" ? quantile(value.distribution, rank) : value.number;
}

/**
 * ALIGN_DELTA creates the value of an empty block between two others by interpolation (reference of `Aligner`). That
 * invents requests nobody made, which callers who count must know; distributions are left absent.
 */
function interpolated(points: readonly Point[], period: number): readonly Point[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    if (!before || before.value.type === "DISTRIBUTION" || point.value.type === "DISTRIBUTION")
      return [point];
    const { type, number: from } = before.value;
    const to = point.value.number;
    const steps = Math.round((point.end - before.end) / period);
    const between = Array.from({ length: steps - 1 }, (_, step): Point => {
      const end = before.end + (step + 1) * period;
      const number = from + ((to - from) * (step + 1)) / steps;
      return {
        start: end - period,
        end,
        value: { type, number: type === "INT64" ? Math.round(number) : number },
      };
    });
    return [...between, point];
  });
}
