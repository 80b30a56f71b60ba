import type { JsonObject } from "../service.ts";
import { read, validationError } from "./faults.ts";
import { evaluateMath, type Series } from "./math.ts";
import { describeMetric, type Metric, parseMetric } from "./metric.ts";
import { isPeriod, periodRule } from "./period.ts";
import type { MetricReader } from "./source.ts";
import { parseStatistic, type Statistic } from "./statistics.ts";

interface QueryBase {
  readonly id: string;
  readonly label: string;
  readonly returnData: boolean;
}
export interface MetricQuery extends QueryBase {
  readonly kind: "metric";
  readonly metric: Metric;
  readonly periodSeconds: number;
  readonly stat: string;
  readonly statistic: Statistic;
}
export interface ExpressionQuery extends QueryBase {
  readonly kind: "expression";
  readonly expression: string;
  readonly periodSeconds: number | undefined;
}

/** One entry of `MetricDataQueries`, or of an alarm's `Metrics`. */
export type Query = MetricQuery | ExpressionQuery;

/** Parses a list of queries. Throws ValidationError for bad ids, periods, statistics, and entries that are neither metric nor expression. */
export function parseQueries(inputs: readonly JsonObject[]): readonly Query[] {
  if (inputs.length === 0) throw validationError("The parameter MetricDataQueries must not be empty.");
  if (inputs.length > 500) {
    throw validationError(
      `The collection MetricDataQueries must not have a size greater than 500, it has ${inputs.length}.`,
    );
  }
  const queries = inputs.map(parseQuery);
  if (new Set(queries.map((query) => query.id)).size !== queries.length) {
    throw validationError("The values for parameter id in MetricDataQueries are not unique.");
  }
  return queries;
}

function parseQuery(input: JsonObject): Query {
  const id = read.requiredText(input, "Id");
  if (!/^[a-z]\w{0,254}$/.test(id)) {
    throw validationError(
      `The value ${id} for parameter id is not matching the expected pattern '^[a-z][a-zA-Z0-9_]*$': it must begin with a lowercase letter.`,
    );
  }
  const returnData = read.flag(input, "ReturnData") ?? true;
  const stat = read.object(input, "MetricStat");
  const expression = read.text(input, "Expression");
  const label = read.text(input, "Label");
  if ((stat === undefined) === (expression === undefined)) {
    throw validationError(`Exactly one of MetricStat and Expression must be specified for the query ${id}.`);
  }
  if (stat) {
    const metric = parseMetric(read.object(stat, "Metric") ?? {});
    const statName = read.requiredText(stat, "Stat");
    return {
      kind: "metric",
      id,
      label: label ?? metric.name,
      returnData,
      metric,
      periodSeconds: checkedPeriod(id, read.requiredNumber(stat, "Period")),
      stat: statName,
      statistic: parseStatistic(statName),
    };
  }
  const period = read.number(input, "Period");
  return {
    kind: "expression",
    id,
    label: label ?? id,
    returnData,
    expression: expression ?? "",
    periodSeconds: period === undefined ? undefined : checkedPeriod(id, period),
  };
}

function checkedPeriod(id: string, seconds: number): number {
  if (isPeriod(seconds)) return seconds;
  throw validationError(`The Period ${seconds} of the query ${id} ${periodRule}.`);
}

/** An instant range in milliseconds since the epoch; `to` is exclusive, `asOf` is when it is read. */
export interface QueryRange {
  readonly from: number;
  readonly to: number;
  readonly asOf: number;
}

/** Computes every query. Values by period start, ascending, by query id. Throws ValidationError for unknown ids and circles. */
export function runQueries(
  queries: readonly Query[],
  reader: MetricReader,
  range: QueryRange,
): ReadonlyMap<string, Series> {
  const results = new Map<string, Series>();
  const running = new Set<string>();

  const lookup = (id: string): Series => {
    const known = results.get(id);
    if (known) return known;
    const query = queries.find((each) => each.id === id);
    if (!query) throw validationError(`Error in expression: Unknown identifier '${id}'.`);
    if (running.has(id)) throw validationError(`Error in expression: the query '${id}' refers to itself.`);
    running.add(id);
    const series = query.kind === "metric" ? runMetric(query) : runExpression(query);
    results.set(id, series);
    return series;
  };
  const runMetric = ({ metric, periodSeconds, statistic }: MetricQuery): Series => {
    const series = new Map<number, number>();
    for (const { at, samples } of reader.periods(metric, { ...range, periodSeconds })) {
      const value = statistic(samples);
      if (value !== undefined) series.set(at, value);
    }
    return series;
  };
  const metricQueries = queries.filter((query) => query.kind === "metric");
  const runExpression = (query: ExpressionQuery): Series => {
    const named = metricQueries.filter((each) => new RegExp(`\\b${each.id}\\b`).test(query.expression));
    const periods = (named.length > 0 ? named : metricQueries).map((each) => each.periodSeconds);
    const step = (query.periodSeconds ?? Math.max(1, ...periods)) * 1000;
    const grid: number[] = [];
    for (let at = Math.floor(range.from / step) * step; at < range.to && at <= range.asOf; at += step)
      grid.push(at);
    return evaluateMath(query.expression, {
      lookup,
      metrics: () => metricQueries.map((each) => lookup(each.id)),
      grid,
    });
  };

  for (const query of queries) lookup(query.id);
  return results;
}

/** A query as DescribeAlarms answers it. */
export function describeQuery(query: Query): JsonObject {
  const common = { Id: query.id, Label: query.label, ReturnData: query.returnData };
  if (query.kind === "expression") return { ...common, Expression: query.expression };
  return {
    ...common,
    MetricStat: { Metric: describeMetric(query.metric), Period: query.periodSeconds, Stat: query.stat },
  };
}
