import type { JsonObject } from "../service.ts";
import { read } from "./faults.ts";

/** What identifies a metric. Dimensions are compared as a set. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: ReadonlyMap<string, string>;
}

/** A text that is equal for equal metrics. */
export function metricKey(metric: Metric): string {
  const dimensions = [...metric.dimensions].sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([metric.namespace, metric.name, dimensions]);
}

/** Reads `Namespace`, `MetricName` and `Dimensions`. */
export function parseMetric(input: JsonObject): Metric {
  return {
    namespace: read.requiredText(input, "Namespace"),
    name: read.requiredText(input, "MetricName"),
    dimensions: parseDimensions(input),
  };
}

export function parseDimensions(input: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    read
      .objects(input, "Dimensions")
      .map((dimension) => [read.requiredText(dimension, "Name"), read.requiredText(dimension, "Value")]),
  );
}

export function describeMetric(metric: Metric): JsonObject {
  return {
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: describeDimensions(metric.dimensions),
  };
}

export function describeDimensions(dimensions: ReadonlyMap<string, string>): readonly JsonObject[] {
  return [...dimensions].map(([Name, Value]) => ({ Name, Value }));
}
