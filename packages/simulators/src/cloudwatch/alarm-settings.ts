import type { JsonObject } from "../service.ts";
import { faults, read, validationError } from "./faults.ts";
import { describeDimensions } from "./metric.ts";
import { describeQuery, parseQueries, type Query } from "./queries.ts";

const comparisons = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;
type Comparison = keyof typeof comparisons;

const missingPolicies = ["missing", "ignore", "breaching", "notBreaching"] as const;
export type MissingPolicy = (typeof missingPolicies)[number];

/** What an alarm watches and when it goes off. */
export interface AlarmSettings {
  readonly name: string;
  readonly description: string | undefined;
  readonly actionsEnabled: boolean;
  readonly actions: {
    readonly ok: readonly string[];
    readonly alarm: readonly string[];
    readonly insufficient: readonly string[];
  };
  /** Exactly one of them returns data: the watched series. */
  readonly queries: readonly Query[];
  /** True when the alarm was made of MetricName and the like, not of a list of metrics. */
  readonly singleMetric: boolean;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly missing: MissingPolicy;
}

export function breaches(settings: AlarmSettings, value: number): boolean {
  return comparisons[settings.comparison](value, settings.threshold);
}

/** Parses a PutMetricAlarm input. Throws ValidationError and InvalidParameterCombination. */
export function parseAlarm(input: JsonObject): AlarmSettings {
  const metrics = read.objects(input, "Metrics");
  if (metrics.length > 0 && read.text(input, "MetricName") !== undefined) {
    throw faults.invalidCombination("An alarm takes either MetricName or Metrics, not both.");
  }
  const queries = parseQueries(metrics.length > 0 ? metrics : [singleQuery(input)]);
  const returned = queries.filter((query) => query.returnData);
  if (returned.length !== 1) {
    throw validationError(
      `Exactly one element of the metrics list should return data, ${returned.length} do.`,
    );
  }
  const periods = queries.map((query) => query.periodSeconds).filter((period) => period !== undefined);
  const evaluationPeriods = read.whole(input, "EvaluationPeriods", 1, 10_000);
  if (evaluationPeriods === undefined) throw validationError("The parameter EvaluationPeriods is required.");
  const comparison = read.requiredText(input, "ComparisonOperator");
  if (!isComparison(comparison)) {
    throw validationError(
      `ComparisonOperator ${comparison} is not supported; supported are ${Object.keys(comparisons).join(", ")}.`,
    );
  }
  const policy = read.text(input, "TreatMissingData") ?? "missing";
  const missing = missingPolicies.find((known) => known === policy);
  if (!missing) {
    throw validationError(
      `The value ${policy} for parameter TreatMissingData must be one of ${missingPolicies.join(", ")}.`,
    );
  }
  return {
    name: read.requiredText(input, "AlarmName"),
    description: read.text(input, "AlarmDescription"),
    actionsEnabled: read.flag(input, "ActionsEnabled") ?? true,
    actions: {
      ok: read.texts(input, "OKActions"),
      alarm: read.texts(input, "AlarmActions"),
      insufficient: read.texts(input, "InsufficientDataActions"),
    },
    queries,
    singleMetric: metrics.length === 0,
    periodSeconds: Math.max(1, ...periods),
    evaluationPeriods,
    datapointsToAlarm: read.whole(input, "DatapointsToAlarm", 1, evaluationPeriods) ?? evaluationPeriods,
    threshold: read.requiredNumber(input, "Threshold"),
    comparison,
    missing,
  };
}

const isComparison = (text: string): text is Comparison => text in comparisons;

function singleQuery(input: JsonObject): JsonObject {
  const statistic = read.text(input, "Statistic") ?? read.text(input, "ExtendedStatistic");
  if (statistic === undefined)
    throw validationError("One of Statistic and ExtendedStatistic must be specified.");
  return {
    Id: "m1",
    MetricStat: {
      Metric: {
        Namespace: read.requiredText(input, "Namespace"),
        MetricName: read.requiredText(input, "MetricName"),
        Dimensions: read.objects(input, "Dimensions"),
      },
      Period: read.requiredNumber(input, "Period"),
      Stat: statistic,
    },
  };
}

/** The settings part of an alarm as DescribeAlarms answers it. */
export function describeSettings(settings: AlarmSettings): JsonObject {
  const [first] = settings.queries;
  return {
    AlarmName: settings.name,
    ...(settings.description === undefined ? {} : { AlarmDescription: settings.description }),
    ActionsEnabled: settings.actionsEnabled,
    OKActions: settings.actions.ok,
    AlarmActions: settings.actions.alarm,
    InsufficientDataActions: settings.actions.insufficient,
    EvaluationPeriods: settings.evaluationPeriods,
    DatapointsToAlarm: settings.datapointsToAlarm,
    Threshold: settings.threshold,
    ComparisonOperator: settings.comparison,
    TreatMissingData: settings.missing,
    ...(settings.singleMetric && first?.kind === "metric"
      ? {
          Namespace: first.metric.namespace,
          MetricName: first.metric.name,
          Dimensions: describeDimensions(first.metric.dimensions),
          Period: first.periodSeconds,
          [/^(SampleCount|Average|Sum|Minimum|Maximum)$/.test(first.stat)
            ? "Statistic"
            : "ExtendedStatistic"]: first.stat,
        }
      : { Metrics: settings.queries.map(describeQuery) }),
  };
}
