import { validationError } from "./faults.ts";
import { type MathNode, type Operator, parseMath } from "./math-syntax.ts";

/** Values by period start, milliseconds since the epoch. Periods without data are absent. */
export type Series = ReadonlyMap<number, number>;

type Value =
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "series"; readonly series: Series }
  | { readonly kind: "list"; readonly items: readonly Series[] };

/** What an expression may refer to. */
export interface MathContext {
  readonly lookup: (id: string) => Series;
  /** Every plain metric of the request, for METRICS(). */
  readonly metrics: () => readonly Series[];
  /** All period starts of the requested range, ascending. */
  readonly grid: readonly number[];
}

/**
 * Evaluates a metric math expression. Between two series a period counts only when both have a value; SUM and its kin
 * pass over missing values; division by zero gives no value. Throws ValidationError.
 */
export function evaluateMath(expression: string, context: MathContext): Series {
  const value = evaluate(parseMath(expression), context, expression);
  if (value.kind === "series") return value.series;
  if (value.kind === "scalar") return new Map(context.grid.map((at) => [at, value.value]));
  throw validationError(
    `Error in expression '${expression}': the result must be one time series, not a list.`,
  );
}

function evaluate(node: MathNode, context: MathContext, expression: string): Value {
  const run = (inner: MathNode) => evaluate(inner, context, expression);
  switch (node.kind) {
    case "number":
      return { kind: "scalar", value: node.value };
    case "id":
      return { kind: "series", series: context.lookup(node.id) };
    case "negate":
      return combine("*", run(node.operand), { kind: "scalar", value: -1 }, expression);
    case "operator":
      return combine(node.operator, run(node.left), run(node.right), expression);
    case "list":
      return { kind: "list", items: node.items.flatMap((item) => seriesIn(run(item), expression)) };
    case "call":
      return call(node, context, expression);
  }
}

function call(node: Extract<MathNode, { kind: "call" }>, context: MathContext, expression: string): Value {
  const run = (inner: MathNode) => evaluate(inner, context, expression);
  const name = node.name.toUpperCase();
  const [first, second] = node.arguments;
  if (name === "METRICS" && !first) return { kind: "list", items: context.metrics() };
  if (name === "FILL" && first && second) {
    const filler = second.kind === "id" ? second.id.toUpperCase() : run(second);
    const source = run(first);
    const filled = seriesIn(source, expression).map((series) =>
      fill(series, filler, context.grid, expression),
    );
    return source.kind === "list"
      ? { kind: "list", items: filled }
      : { kind: "series", series: filled[0] ?? new Map() };
  }
  const reduce = reducers[name];
  if (reduce && first && !second) {
    const value = run(first);
    if (value.kind === "list") return { kind: "series", series: across(value.items, reduce) };
    if (value.kind === "series") return { kind: "scalar", value: reduce([...value.series.values()]) };
    return value;
  }
  if (name === "ABS" && first && !second) {
    const value = run(first);
    if (value.kind === "scalar") return { kind: "scalar", value: Math.abs(value.value) };
    if (value.kind === "series") {
      return { kind: "series", series: new Map([...value.series].map(([at, each]) => [at, Math.abs(each)])) };
    }
  }
  throw validationError(
    `Error in expression '${expression}': ${node.name} with ${node.arguments.length} arguments is not supported. Understood are FILL, METRICS, SUM, AVG, MIN, MAX and ABS.`,
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const reducers: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: sum,
  AVG: (values) => sum(values) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

function across(items: readonly Series[], reduce: (values: readonly number[]) => number): Series {
  const times = [...new Set(items.flatMap((series) => [...series.keys()]))].sort((one, other) => one - other);
  return new Map(
    times.map((at) => [
      at,
      reduce(items.map((series) => series.get(at)).filter((value) => value !== undefined)),
    ]),
  );
}

function seriesIn(value: Value, expression: string): readonly Series[] {
  if (value.kind === "series") return [value.series];
  if (value.kind === "list") return value.items;
  throw validationError(
    `Error in expression '${expression}': a number stands where a time series is needed.`,
  );
}

const arithmetic: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
};

function combine(operator: Operator, left: Value, right: Value, expression: string): Value {
  const apply = arithmetic[operator];
  if (left.kind === "scalar" && right.kind === "scalar")
    return { kind: "scalar", value: apply(left.value, right.value) };
  if (left.kind === "list" || right.kind === "list") {
    throw validationError(
      `Error in expression '${expression}': '${operator}' between lists is not supported.`,
    );
  }
  const at = (value: typeof left, time: number) =>
    value.kind === "scalar" ? value.value : value.series.get(time);
  const times =
    left.kind === "series" ? left.series.keys() : right.kind === "series" ? right.series.keys() : [];
  const result = new Map<number, number>();
  for (const time of times) {
    const one = at(left, time);
    const other = at(right, time);
    if (one === undefined || other === undefined) continue;
    const value = apply(one, other);
    if (Number.isFinite(value)) result.set(time, value);
  }
  return { kind: "series", series: result };
}

function fill(series: Series, filler: Value | string, grid: readonly number[], expression: string): Series {
  if (typeof filler !== "string") {
    return new Map(
      grid.map((at) => [
        at,
        series.get(at) ?? (filler.kind === "scalar" ? filler.value : oneValue(filler, at, expression)),
      ]),
    );
  }
  if (filler !== "REPEAT" && filler !== "LINEAR") {
    throw validationError(
      `Error in expression '${expression}': FILL takes a number, a metric, REPEAT or LINEAR.`,
    );
  }
  const result = new Map<number, number>();
  const known = grid.filter((at) => series.has(at));
  for (const at of grid) {
    const before = known.findLast((time) => time <= at);
    const after = known.find((time) => time >= at);
    const low = before === undefined ? undefined : series.get(before);
    const high = after === undefined ? undefined : series.get(after);
    if (before === undefined || low === undefined) continue;
    if (filler === "REPEAT" || before === at) result.set(at, low);
    else if (after !== undefined && high !== undefined) {
      result.set(at, low + ((high - low) * (at - before)) / (after - before));
    }
  }
  return result;
}

function oneValue(filler: Value, at: number, expression: string): number {
  const value = filler.kind === "series" ? filler.series.get(at) : undefined;
  if (value === undefined) {
    throw validationError(
      `Error in expression '${expression}': the series that fills has no value of its own.`,
    );
  }
  return value;
}
