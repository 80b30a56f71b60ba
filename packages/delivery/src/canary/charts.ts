import { formatDuration, lineChart, type Series } from "#ship/kit";
import type { ArmCounts, Bin } from "../metrics.ts";
import type { Judgement } from "./decide.ts";
import type { RolloutReport } from "./record.ts";
import { decisiveGate, type GateTrail } from "./report/decisive.ts";
import { weightOf } from "./weights.ts";

/**
 * The rollout over time as mermaid charts: the canary's weight, error rate and p95 of both releases, and the evidence of
 * the gate that decided or came closest to it.
 */
export function rolloutCharts(report: RolloutReport): string {
  const { bins, weights, begun } = report;
  if (bins.length === 0) return "";
  const labels = bins.map((bin) => formatDuration(Math.max(0, bin.end - begun)));
  const chart = (title: string, yTitle: string, yMax: number, series: readonly Series[]) =>
    lineChart({ title, labels, yTitle, yMax, series });
  const errors = bothArms(bins, ({ requests, errors: bad }) => (bad / requests) * 100);
  const p95 = bothArms(bins, ({ p95: seconds }) => (seconds === undefined ? undefined : seconds * 1_000));
  const share = bins.map((bin) => weightOf(bin, weights).share * 100);
  return [
    chart("Traffic to the canary", "% of requests", 100, [{ name: "weight", values: share }]),
    chart(`Errors: ${armsTold}`, "% of requests", Math.min(100, above(errors, 1)), errors),
    ...(highest(p95) > 0 ? [chart(`p95: ${armsTold}`, "milliseconds", above(p95, 1), p95)] : []),
    ...gateChart(report, chart),
  ].join("\n\n");
}

const armsTold = "stable (first line), canary (second line)";

/** A threshold is a line of its own: the chart shows no other way to draw one. */
function gateChart(
  { judgement }: RolloutReport,
  chart: (title: string, yTitle: string, yMax: number, series: readonly Series[]) => string,
): readonly string[] {
  const decisive = decisiveGate(trailsOf(judgement));
  if (!decisive) return [];
  const { name, threshold, lnM } = decisive.gate;
  const level = lnM.map((value) => Math.max(0, value));
  const series = [
    { name: "ln M", values: level },
    { name: "threshold", values: lnM.map(() => threshold) },
  ];
  const title = `Evidence, ${name}: ln M (first line), rolls back at ${threshold.toFixed(2)} (second line)`;
  return [chart(title, "ln M", above(series, threshold), series)];
}

/** The gates of a judgement with their evidence after each bin. */
export function trailsOf(judgement: Judgement | undefined): readonly GateTrail[] {
  return (judgement?.verdicts ?? []).map(({ gate, threshold, trail }) => ({
    name: gate,
    threshold,
    lnM: trail,
  }));
}

/** A value per bin and release; a bin without one repeats the one before, because a chart has no gaps. */
function bothArms(bins: readonly Bin[], value: (counts: ArmCounts) => number | undefined): readonly Series[] {
  return (["stable", "canary"] as const).map((name) => {
    let last = 0;
    const values = bins.map((bin) => {
      const counts = bin[name];
      if (counts !== "no-data" && counts.requests > 0) last = value(counts) ?? last;
      return last;
    });
    return { name, values };
  });
}

function highest(series: readonly Series[]): number {
  return Math.max(0, ...series.flatMap(({ values }) => values));
}

/** A whole number with room above every line, at least the least. */
function above(series: readonly Series[], least: number): number {
  return Math.ceil(Math.max(least, highest(series)) * 1.1);
}
