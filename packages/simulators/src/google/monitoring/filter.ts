import { invalid } from "../status.ts";
import { type Filter, parseFilter } from "./filter-syntax.ts";
import type { Series } from "./series.ts";

/** A filter that is known to name one metric type. */
export interface SeriesFilter {
  readonly metricType: string;
  matches(series: Series): boolean;
}

/** Reads the parameter `filter`. Throws INVALID_ARGUMENT when it cannot be read or names no single metric type. */
export function readFilter(source: string): SeriesFilter {
  const wrong = (reason: string) =>
    invalid("filter", `Field filter had an invalid value of "${source}": ${reason}`);
  let filter: Filter;
  try {
    filter = parseFilter(source);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  const required = filter.kind === "and" ? filter.sides : [filter];
  const types = required.flatMap((side) =>
    side.kind === "compare" && side.field === "metric.type" && side.operator === "=" ? side.value : [],
  );
  const [metricType] = types;
  if (metricType === undefined || types.length > 1) {
    throw wrong(
      'must specify a restriction on "metric.type" in the filter; see "https://cloud.google.com/monitoring/api/resources" for a list of available metrics.',
    );
  }
  for (const field of fieldsOf(filter)) {
    if (!/^(metric\.type|resource\.type|project|(metric|resource)\.labels\.[\w-]+)$/.test(field)) {
      throw wrong(`The field name '${field}' is not recognized.`);
    }
  }
  return { metricType, matches: (series) => holds(filter, series) };
}

/** The value of a filter's or grouping's field; undefined when the series has it not. */
export function fieldOf(series: Series, field: string): string | undefined {
  if (field === "metric.type") return series.metricType;
  if (field === "resource.type") return series.resourceType;
  if (field === "project") return series.resourceLabels["project_id"];
  const [, of, name = ""] = /^(metric|resource)\.labels?\.(.+)$/.exec(field) ?? [];
  return of === "metric" ? series.metricLabels[name] : series.resourceLabels[name];
}

function fieldsOf(filter: Filter): readonly string[] {
  switch (filter.kind) {
    case "and":
    case "or":
      return filter.sides.flatMap(fieldsOf);
    case "not":
      return fieldsOf(filter.side);
    default:
      return [filter.field];
  }
}

function holds(filter: Filter, series: Series): boolean {
  switch (filter.kind) {
    case "and":
      return filter.sides.every((side) => holds(side, series));
    case "or":
      return filter.sides.some((side) => holds(side, series));
    case "not":
      return !holds(filter.side, series);
    case "compare": {
      const value = fieldOf(series, filter.field) ?? "";
      if (filter.operator === ":") return value.toLowerCase().includes(filter.value.toLowerCase());
      return (value === filter.value) === (filter.operator === "=");
    }
    case "function":
      return applies(filter.name, fieldOf(series, filter.field) ?? "", filter.values);
  }
}

function applies(name: string, value: string, [first = "", ...rest]: readonly string[]): boolean {
  switch (name) {
    case "one_of":
      return [first, ...rest].includes(value);
    case "starts_with":
      return value.startsWith(first);
    case "ends_with":
      return value.endsWith(first);
    case "has_substring":
      return value.includes(first);
    default:
      return new RegExp(`^(?:${first})$`).test(value);
  }
}
