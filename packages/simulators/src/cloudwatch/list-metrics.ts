import type { Handler } from "../service.ts";
import { faults, read } from "./faults.ts";
import { describeMetric, metricKey } from "./metric.ts";
import type { MetricReader } from "./source.ts";

const pageSize = 500;

/** ListMetrics, 500 to a page. A dimension filter without a value matches any value. */
export function listMetrics(reader: MetricReader): Handler {
  return (input) => {
    const namespace = read.text(input, "Namespace");
    const name = read.text(input, "MetricName");
    const filters = read.objects(input, "Dimensions").map((filter) => ({
      name: read.requiredText(filter, "Name"),
      value: read.text(filter, "Value"),
    }));
    const token = read.text(input, "NextToken");
    const start = token === undefined ? 0 : Number(token);
    if (!Number.isInteger(start)) throw faults.invalidToken(String(token));
    const unique = new Map(reader.metrics().map((metric) => [metricKey(metric), metric]));
    const wanted = [...unique.values()].filter(
      (metric) =>
        (namespace === undefined || metric.namespace === namespace) &&
        (name === undefined || metric.name === name) &&
        filters.every((filter) => {
          const value = metric.dimensions.get(filter.name);
          return value !== undefined && (filter.value === undefined || filter.value === value);
        }),
    );
    const end = start + pageSize;
    return {
      Metrics: wanted.slice(start, end).map(describeMetric),
      ...(end < wanted.length ? { NextToken: String(end) } : {}),
    };
  };
}
