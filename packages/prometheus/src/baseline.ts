import type { Baseline } from "#ship/delivery";
import type { ArmSeries } from "./arm.ts";
import { type Histogram, quantileBound } from "./histogram.ts";

/** Requests without which percentiles mean nothing. */
const atLeast = 100;

/** Adds bins of the stable release up. The percentiles are the bucket bounds that hold them, which gates can count at exactly. */
export function baselineOf(arm: ArmSeries, starts: readonly number[], step: number): Baseline | "no-data" {
  let [requests, errors, over] = [0, 0, 0];
  let histogram: Histogram | undefined;
  for (const start of starts) {
    const counted = arm.counted(start);
    if (typeof counted.requests !== "number" || counted.errors === "unknown") continue;
    const whole = Math.round(counted.requests);
    requests += whole;
    // A counter of errors first exists once there was one.
    errors += counted.errors === "absent" ? 0 : Math.min(whole, Math.round(counted.errors));
    over += step;
    histogram = added(histogram, arm.histogram(start));
  }
  if (over === 0) return "no-data";
  const p95 = quantileBound(histogram ?? [], 0.95);
  const p99 = quantileBound(histogram ?? [], 0.99);
  const isMeasured = (histogram?.at(-1)?.count ?? 0) >= atLeast && p95 !== undefined && p99 !== undefined;
  return { requests, errors, over, ...(isMeasured ? { latency: { p95, p99 } } : {}) };
}

function added(sum: Histogram | undefined, more: Histogram | undefined): Histogram | undefined {
  if (!sum || !more) return sum ?? more;
  return sum.map(({ bound, count }, index) => ({ bound, count: count + (more[index]?.count ?? 0) }));
}
