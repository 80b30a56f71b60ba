import type { JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";
import { type Metric, metricKey, parseMetric } from "./metric.ts";
import { mergeSamples, type Samples, samplesOf } from "./samples.ts";
import type { MetricSource } from "./source.ts";

/** Metrics published with PutMetricData. */
export interface CustomMetrics extends MetricSource {
  put(metric: Metric, at: number, samples: Samples): void;
  /** Takes a PutMetricData input; data without a timestamp get `now`. Throws InvalidParameterValue and InvalidParameterCombination. */
  putInput(input: JsonObject, now: number): void;
}

export function createCustomMetrics(): CustomMetrics {
  const stored = new Map<string, { metric: Metric; data: { at: number; samples: Samples }[] }>();

  const put = (metric: Metric, at: number, samples: Samples) => {
    const key = metricKey(metric);
    const entry = stored.get(key) ?? { metric, data: [] };
    entry.data.push({ at, samples });
    stored.set(key, entry);
  };

  return {
    put,
    putInput(input, now) {
      const Namespace = read.requiredText(input, "Namespace");
      if (Namespace.startsWith("AWS/")) {
        throw faults.invalidValue(
          `The value ${Namespace} for parameter Namespace is invalid: AWS/ is reserved.`,
        );
      }
      const data = read.objects(input, "MetricData").map((datum) => ({
        metric: parseMetric({ ...datum, Namespace }),
        at: read.instant(datum, "Timestamp") ?? now,
        samples: parseSamples(datum),
      }));
      for (const { metric, at, samples } of data) put(metric, at, samples);
    },
    samples(metric, from, to) {
      const entry = stored.get(metricKey(metric));
      return (
        entry &&
        mergeSamples(entry.data.filter(({ at }) => at >= from && at < to).map(({ samples }) => samples))
      );
    },
    metrics: () => [...stored.values()].map(({ metric }) => metric),
  };
}

function parseSamples(datum: JsonObject): Samples {
  const value = read.number(datum, "Value");
  const set = read.object(datum, "StatisticValues");
  const values = read.numbers(datum, "Values");
  const given = [value !== undefined, set !== undefined, values.length > 0].filter(Boolean).length;
  if (given !== 1) {
    throw faults.invalidCombination(
      "Exactly one of the parameters Value, Values and StatisticValues must be specified.",
    );
  }
  if (set) {
    return {
      count: read.requiredNumber(set, "SampleCount"),
      sum: read.requiredNumber(set, "Sum"),
      minimum: read.requiredNumber(set, "Minimum"),
      maximum: read.requiredNumber(set, "Maximum"),
      values: undefined,
    };
  }
  const counts = read.numbers(datum, "Counts");
  if (counts.length > 0 && counts.length !== values.length) {
    throw faults.invalidValue(
      `The parameters Values (${values.length}) and Counts (${counts.length}) must be of equal length.`,
    );
  }
  const samples = samplesOf(
    value === undefined ? values.map((each, index) => [each, counts[index] ?? 1]) : [[value, 1]],
  );
  if (!samples) throw faults.invalidValue("The parameter Values must not be empty.");
  return samples;
}
