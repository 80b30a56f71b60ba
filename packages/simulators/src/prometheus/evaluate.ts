import type { Expression, Matcher } from "./promql.ts";
import type { Labels, Sample, StoredSeries } from "./samples.ts";

/** A value of one series at one moment. */
export interface Point {
  readonly labels: Labels;
  readonly value: number;
}

/** A sample this old, in milliseconds, is no longer a value (`--query.lookback-delta`). */
const lookback = 300_000;

/** Evaluates an expression at a moment, in milliseconds since the epoch, as Prometheus 2 does. */
export function evaluate(
  expression: Expression,
  series: readonly StoredSeries[],
  at: number,
): readonly Point[] {
  switch (expression.kind) {
    case "selector":
      return selected(series, expression.matchers).flatMap(({ labels, samples }) => {
        const last = samples.findLast((sample) => sample.at <= at);
        return last && last.value !== "stale" && last.at > at - lookback
          ? [{ labels, value: last.value }]
          : [];
      });
    case "increase":
      return selected(series, expression.matchers).flatMap(({ labels, samples }) => {
        const value = increase(samples, at - expression.window, at);
        return value === undefined ? [] : [{ labels: without(labels, "__name__"), value }];
      });
    case "sum":
      return sum(evaluate(expression.of, series, at), expression.by);
  }
}

function selected(series: readonly StoredSeries[], matchers: readonly Matcher[]): readonly StoredSeries[] {
  return series.filter(({ labels }) =>
    matchers.every((matcher) => fits(labels[matcher.label] ?? "", matcher)),
  );
}

function fits(value: string, { operator, value: wanted }: Matcher): boolean {
  if (operator === "=" || operator === "!=") return (value === wanted) === (operator === "=");
  return new RegExp(`^(?:${wanted})$`).test(value) === (operator === "=~");
}

function sum(points: readonly Point[], by: readonly string[]): readonly Point[] {
  const groups = new Map<string, { labels: Labels; value: number }>();
  for (const { labels, value } of points) {
    const kept = Object.fromEntries(
      by.flatMap((label) => (label in labels ? [[label, labels[label] ?? ""]] : [])),
    );
    const key = JSON.stringify(kept);
    groups.set(key, { labels: kept, value: (groups.get(key)?.value ?? 0) + value });
  }
  return [...groups.values()];
}

/** With the extrapolation towards both ends of the window (Prometheus: promql/functions.go, extrapolatedRate). */
function increase(samples: readonly Sample[], from: number, to: number): number | undefined {
  const inside = samples.flatMap(({ at, value }) =>
    at > from && at <= to && value !== "stale" ? [{ at, value }] : [],
  );
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last || inside.length < 2) return undefined;
  const resets = inside.reduce((lost, { value }, index) => {
    const before = inside[index - 1]?.value ?? 0;
    return value < before ? lost + before : lost;
  }, 0);
  const grown = last.value - first.value + resets;
  const sampled = last.at - first.at;
  const between = sampled / (inside.length - 1);
  const toZero = grown > 0 && first.value >= 0 ? sampled * (first.value / grown) : Number.POSITIVE_INFINITY;
  const beforeFirst = Math.min(first.at - from, toZero);
  const afterLast = to - last.at;
  const near = between * 1.1;
  const length =
    sampled + (beforeFirst < near ? beforeFirst : between / 2) + (afterLast < near ? afterLast : between / 2);
  return grown * (length / sampled);
}

function without(labels: Labels, name: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => label !== name));
}
