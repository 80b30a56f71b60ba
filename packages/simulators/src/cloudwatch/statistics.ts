import { validationError } from "./faults.ts";
import type { Samples } from "./samples.ts";

/** Condenses the samples of a period into one value; undefined when the statistic has no value for them. */
export type Statistic = (samples: Samples) => number | undefined;

type Weighted = readonly (readonly [value: number, times: number])[];

/** One end of a range: open, a value, or a percentile of the data. */
type Bound =
  | { readonly kind: "open" }
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "percentile"; readonly percent: number };

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: (samples) => samples.count,
  Sum: (samples) => samples.sum,
  Average: (samples) => samples.sum / samples.count,
  Minimum: (samples) => samples.minimum,
  Maximum: (samples) => samples.maximum,
};

/**
 * Understands a statistic by its CloudWatch name: `Sum`, `p99.9`, `tm90`, `TC(0.1:0.5)`, `PR(:0.3)`, `WM(10%:90%)`, `IQM`, …
 * Ranges exclude the lower bound and include the upper one
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html). Throws ValidationError.
 */
export function parseStatistic(text: string): Statistic {
  const plain = simple[text];
  if (plain) return plain;
  if (/^IQM$/i.test(text)) return ranged("TM", percentile(25), percentile(75));
  const short = /^(p|tm|tc|ts|wm)(\d{1,3}(?:\.\d{1,10})?)$/i.exec(text);
  if (short) {
    const [, name = "", digits = ""] = short;
    const percent = Number(digits);
    if (percent <= 100) {
      return /^p$/i.test(name)
        ? percentileStatistic(percent)
        : ranged(name.toUpperCase(), { kind: "open" }, percentile(percent));
    }
  }
  const range = /^(TM|TC|TS|WM|PR)\(([^:]*):([^:]*)\)$/i.exec(text);
  if (range) {
    const [, name = "", low = "", high = ""] = range;
    const lower = parseBound(low);
    const upper = parseBound(high);
    const bothOpen = lower?.kind === "open" && upper?.kind === "open";
    const percentRank = /^PR$/i.test(name) && (lower?.kind === "percentile" || upper?.kind === "percentile");
    if (lower && upper && !bothOpen && !percentRank) return ranged(name.toUpperCase(), lower, upper);
  }
  throw validationError(
    `The value ${text} for parameter Stat is not supported. Use SampleCount, Average, Sum, Minimum, Maximum, pNN.NN, IQM, or TM, TC, TS, WM or PR with bounds, for example PR(:0.5) or TM(5%:95%).`,
  );
}

const percentile = (percent: number): Bound => ({ kind: "percentile", percent });

function parseBound(text: string): Bound | undefined {
  if (text === "") return { kind: "open" };
  const match = /^(-?\d+(?:\.\d+)?(?:e-?\d+)?)(%?)$/i.exec(text);
  if (!match) return undefined;
  const number = Number(match[1]);
  if (match[2] === "") return { kind: "value", value: number };
  return number >= 0 && number <= 100 ? percentile(number) : undefined;
}

function percentileStatistic(percent: number): Statistic {
  return (samples) => {
    const values = valuesOf(samples);
    return values && percentileOf(values, percent);
  };
}

/** The smallest value that at least `percent` of the data do not exceed. `sorted` ascends by value. */
function percentileOf(sorted: Weighted, percent: number): number | undefined {
  const total = sorted.reduce((sum, [, times]) => sum + times, 0);
  const wanted = (percent / 100) * total;
  let passed = 0;
  for (const [value, times] of sorted) {
    passed += times;
    if (passed >= wanted - total * 1e-12) return value;
  }
  return sorted.at(-1)?.[0];
}

function ranged(name: string, lower: Bound, upper: Bound): Statistic {
  return (samples) => {
    const values = valuesOf(samples);
    if (!values) return undefined;
    const low = edge(lower, values, Number.NEGATIVE_INFINITY);
    const high = edge(upper, values, Number.POSITIVE_INFINITY);
    const inside = values.filter(([value]) => value > low && value <= high);
    const count = inside.reduce((sum, [, times]) => sum + times, 0);
    const sum = inside.reduce((total, [value, times]) => total + value * times, 0);
    switch (name) {
      case "TC":
        return count;
      case "TS":
        return sum;
      case "PR":
        return (count / samples.count) * 100;
      case "WM": {
        const clamped = values.reduce(
          (total, [value, times]) => total + Math.min(Math.max(value, low), high) * times,
          0,
        );
        return clamped / samples.count;
      }
      default:
        return count === 0 ? undefined : sum / count;
    }
  };
}

function edge(bound: Bound, sorted: Weighted, open: number): number {
  switch (bound.kind) {
    case "open":
      return open;
    case "value":
      return bound.value;
    case "percentile":
      return bound.percent === 0 ? open : (percentileOf(sorted, bound.percent) ?? open);
  }
}

/** Values in ascending order; of a statistic set only when all its values must have been equal. */
function valuesOf(samples: Samples): Weighted | undefined {
  if (samples.values) return samples.values.toSorted(([one], [other]) => one - other);
  return samples.minimum === samples.maximum ? [[samples.minimum, samples.count]] : undefined;
}
