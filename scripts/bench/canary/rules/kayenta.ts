import type { ArmCounts } from "#ship/delivery";
import { type Minute, type Rule, stepMinutes } from "../rule.ts";

/** Kayenta's defaults: a confidence of 98 %, and shifts within a quarter of the estimate do not count. */
const [deviations, tolerance] = [2.326_347_874, 0.25];

/** What is judged of a minute: the error rate, and the share of requests slower than the usual 99th percentile. */
const metrics: readonly ((counts: ArmCounts) => number)[] = [
  ({ errors }) => errors,
  // Edges ascend and end with the one of other rules: this is the highest that canary-shift freezes.
  ({ slower }) => slower.at(-2) ?? 0,
];

/**
 * Kayenta's judge over the minutes since the first shift, at the end of each step: Mann-Whitney U on points of a minute,
 * against the stable release or a third group as large as the canary.
 */
export function kayenta(name: string, control: "stable" | "twin"): Rule {
  return {
    name,
    begin() {
      let judged = 0;
      return ({ minutes }) => {
        if (minutes.length < judged + stepMinutes) return "hold";
        judged = minutes.length;
        const findings = metrics.map((metric) =>
          classify(points(minutes, "canary", metric), points(minutes, control, metric)),
        );
        const missing = findings.filter((finding) => finding === "no data").length;
        const isBad = findings.includes("high") || missing * 2 >= findings.length;
        return isBad ? "roll-back" : "advance";
      };
    },
  };
}

function points(
  minutes: readonly Minute[],
  arm: "canary" | "stable" | "twin",
  metric: (counts: ArmCounts) => number,
): number[] {
  return minutes.flatMap((minute) => {
    const counts = minute[arm];
    return counts === "no-data" || counts.requests === 0 ? [] : [metric(counts) / counts.requests];
  });
}

/** `high` when the confidence interval of the shift lies wholly above a quarter of its Hodges-Lehmann estimate. */
function classify(canary: readonly number[], control: readonly number[]): "high" | "pass" | "no data" {
  if (canary.length === 0 || control.length === 0) return "no data";
  const shifts = canary.flatMap((one) => control.map((other) => one - other)).sort((a, b) => a - b);
  const pairs = shifts.length;
  const scatter = Math.sqrt((pairs * (canary.length + control.length + 1)) / 12);
  const rank = Math.ceil(pairs / 2 - deviations * scatter);
  if (rank < 1) return "pass";
  const lowest = shifts[rank - 1] ?? 0;
  const estimate = ((shifts[Math.floor((pairs - 1) / 2)] ?? 0) + (shifts[Math.floor(pairs / 2)] ?? 0)) / 2;
  return lowest > tolerance * Math.abs(estimate) && lowest > 0 ? "high" : "pass";
}
