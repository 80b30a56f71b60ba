import { invalid } from "../status.ts";
import { numberOf, quantileOf, total } from "./alignment.ts";
import { fieldOf } from "./filter.ts";
import type { Labels, Series, Value } from "./series.ts";

const ranks: Readonly<Record<string, number>> = {
  REDUCE_PERCENTILE_99: 0.99,
  REDUCE_PERCENTILE_95: 0.95,
  REDUCE_PERCENTILE_50: 0.5,
  REDUCE_PERCENTILE_05: 0.05,
};

/** Combines aligned series that agree in the grouping fields into one each; only those fields' labels remain. */
export function reduce(
  all: readonly Series[],
  reducer: string,
  groupBy: readonly string[],
): readonly Series[] {
  const groups = new Map<string, Series[]>();
  for (const series of all) {
    const key = JSON.stringify(groupBy.map((field) => fieldOf(series, field) ?? null));
    groups.set(key, [...(groups.get(key) ?? []), series]);
  }
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first ? [combine(first, members, reducer, groupBy)] : [];
  });
}

function combine(
  first: Series,
  members: readonly Series[],
  reducer: string,
  groupBy: readonly string[],
): Series {
  const make = reducerOf(reducer, first.valueType);
  const byEnd = new Map<number, { readonly start: number; readonly values: Value[] }>();
  for (const { start, end, value } of members.flatMap(({ points }) => points)) {
    const entry = byEnd.get(end) ?? { start, values: [] };
    entry.values.push(value);
    byEnd.set(end, entry);
  }
  const points = [...byEnd]
    .map(([end, { start, values }]) => ({ start, end, value: make(values) }))
    .sort((a, b) => a.end - b.end);
  const keeps = reducer === "REDUCE_SUM";
  return {
    ...first,
    metricLabels: kept(first, first.metricLabels, "metric", groupBy),
    resourceLabels: kept(first, first.resourceLabels, "resource", groupBy),
    metricKind: keeps ? first.metricKind : "GAUGE",
    valueType: points[0]?.value.type ?? first.valueType,
    points,
  };
}

function reducerOf(reducer: string, type: Value["type"]): (values: readonly Value[]) => Value {
  const double =
    (make: (values: readonly Value[]) => number) =>
    (values: readonly Value[]): Value => ({
      type: "DOUBLE",
      number: make(values),
    });
  const rank = ranks[reducer];
  if (rank !== undefined) {
    return type === "DISTRIBUTION"
      ? double((values) => quantileOf(total(values), rank))
      : double((values) => ranked(values.map(numberOf), rank));
  }
  switch (reducer) {
    case "REDUCE_SUM":
      return total;
    case "REDUCE_COUNT":
      return (values) => ({ type: "INT64", number: values.length });
    case "REDUCE_MEAN":
      return type === "DISTRIBUTION"
        ? double((values) => numberOf(total(values)))
        : double((values) => numberOf(total(values)) / values.length);
    case "REDUCE_MAX":
    case "REDUCE_MIN":
      if (type === "DISTRIBUTION") break;
      return double((values) => (reducer === "REDUCE_MAX" ? Math.max : Math.min)(...values.map(numberOf)));
    default:
      break;
  }
  throw invalid(
    "aggregation.crossSeriesReducer",
    `Field aggregation.crossSeriesReducer had an invalid value of "${reducer}": The reducer cannot be applied to value type ${type}.`,
  );
}

/** The quantile of single numbers, interpolated between the nearest two. */
function ranked(numbers: readonly number[], rank: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const position = rank * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

function kept(series: Series, labels: Labels, of: "metric" | "resource", groupBy: readonly string[]): Labels {
  const names = Object.keys(labels).filter((name) =>
    groupBy.some((field) => field === `${of}.labels.${name}` || field === `${of}.label.${name}`),
  );
  return Object.fromEntries(names.map((name) => [name, fieldOf(series, `${of}.labels.${name}`) ?? ""]));
}
