import type { ArmCounts, Bin } from "../metrics.ts";

/** Sums over bins. */
export interface Totals {
  readonly requests: number;
  readonly errors: number;
}

/** What one release did over all bins that have data of it. */
export function totalsOf(bins: readonly Bin[], arm: "stable" | "canary"): Totals {
  const known = bins.map((bin) => bin[arm]).filter((counts): counts is ArmCounts => counts !== "no-data");
  return {
    requests: known.reduce((sum, counts) => sum + counts.requests, 0),
    errors: known.reduce((sum, counts) => sum + counts.errors, 0),
  };
}

/** Errors over requests; 0 without requests. */
export function rate({ requests, errors }: Totals): number {
  return requests === 0 ? 0 : errors / requests;
}

/** Errors the canary served beyond what the stable release would have served in its place, rounded; at least 0. */
export function excessErrors(bins: readonly Bin[], expectedRate: number): number {
  const canary = totalsOf(bins, "canary");
  return Math.max(0, Math.round(canary.errors - canary.requests * expectedRate));
}
