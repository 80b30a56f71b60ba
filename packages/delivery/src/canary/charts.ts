import { formatDuration, lineChart } from "#ship/kit";
import type { Bin } from "../metrics.ts";
import type { RolloutReport } from "./record.ts";
import { weightOf } from "./weights.ts";

/** The rollout over time: the canary's weight, and the error rate of both releases, as mermaid charts. */
export function rolloutCharts({ bins, weights, begun }: RolloutReport): string {
  if (bins.length === 0) return "";
  const labels = bins.map((bin) => formatDuration(Math.max(0, bin.end - begun)));
  const stable = errorRates(bins, "stable");
  const canary = errorRates(bins, "canary");
  const highest = Math.max(...stable, ...canary);
  const weight = lineChart({
    title: "Traffic to the canary",
    labels,
    yTitle: "% of requests",
    yMax: 100,
    series: [{ name: "weight", values: bins.map((bin) => weightOf(bin, weights).share * 100) }],
  });
  const errors = lineChart({
    title: "Errors: stable (first line), canary (second line)",
    labels,
    yTitle: "% of requests",
    yMax: Math.min(100, Math.max(1, Math.ceil(highest * 1.1))),
    series: [
      { name: "stable", values: stable },
      { name: "canary", values: canary },
    ],
  });
  return `${weight}\n\n${errors}`;
}

/** Percent per bin; a bin without requests repeats the one before, because a chart has no gaps. */
function errorRates(bins: readonly Bin[], arm: "stable" | "canary"): number[] {
  let last = 0;
  return bins.map((bin) => {
    const counts = bin[arm];
    if (counts !== "no-data" && counts.requests > 0) last = (counts.errors / counts.requests) * 100;
    return last;
  });
}
