import { formatDuration, formatShare, markdown } from "#ship/kit";
import type { Bin } from "../metrics.ts";
import { rolloutCharts, trailsOf } from "./charts.ts";
import type { RolloutReport, RolloutResult, StepRecord } from "./record.ts";
import { decisiveBins, decisiveGate } from "./report/decisive.ts";
import { excessErrors, rate, totalsOf } from "./totals.ts";
import { weightOf } from "./weights.ts";

const titles: Readonly<Record<RolloutResult, string>> = {
  promoted: "✅ Canary promoted",
  unchanged: "✅ Nothing to shift",
  "rolled-back": "❌ Canary rolled back",
  inconclusive: "❌ Canary inconclusive",
  cancelled: "⛔ Canary cancelled",
  failed: "🚨 Traffic was not brought back",
};

/** The job summary of a rollout: how it ended, what users saw, charts, steps and the evidence that decided. */
export function rolloutSummary(report: RolloutReport): string {
  return markdown.page(
    markdown.heading(2, titles[report.result]),
    `${markdown.escapeMarkdown(report.reason)}. ${sentence(report)}`,
    report.wouldHave === undefined
      ? undefined
      : `**Observe mode:** enforced, it ${markdown.escapeMarkdown(report.wouldHave)}.`,
    rolloutCharts(report),
    report.steps.length > 0 ? stepTable(report.steps) : undefined,
    gateTable(report),
    decidingBins(report),
  );
}

function sentence(report: RolloutReport): string {
  const canary = totalsOf(report.bins, "canary");
  const stable = totalsOf(report.bins, "stable");
  const bad = excessErrors(report.bins, report.stableErrorShare);
  return [
    `The canary has ${formatShare(report.share)} of the traffic after ${formatDuration(report.ended - report.begun)}.`,
    `It answered ${canary.requests} requests, ${formatShare(rate(canary))} of them with errors`,
    `(stable: ${formatShare(rate(stable))} of ${stable.requests}); ${bad} errors more than stable would have made.`,
  ].join(" ");
}

function stepTable(steps: readonly StepRecord[]): string {
  return markdown.table(
    ["Step", "Weight", "Took", "Canary requests", "Needed", "Ended with"],
    steps.map((step, index) => [
      String(index + 1),
      formatShare(step.share),
      formatDuration(step.ended - step.begun),
      String(step.requests),
      String(step.requestsNeeded),
      markdown.escapeMarkdown(step.outcome),
    ]),
  );
}

function gateTable({ judgement }: RolloutReport): string | undefined {
  if (!judgement) return undefined;
  return markdown.table(
    ["Gate", "Verdict", "ln M (highest)", "Rolls back at", "p at most", "Observed"],
    judgement.verdicts.map((verdict) => [
      markdown.escapeMarkdown(verdict.gate),
      verdict.status,
      `${verdict.value.toFixed(2)} (${Math.max(0, ...verdict.trail).toFixed(2)})`,
      verdict.threshold.toFixed(2),
      verdict.p.toPrecision(2),
      markdown.escapeMarkdown(verdict.explanation),
    ]),
  );
}

/** The bins that led to the decision, with the evidence of the gate that made it or came closest. */
function decidingBins({ bins, judgement, weights }: RolloutReport): string | undefined {
  const decisive = decisiveGate(trailsOf(judgement));
  if (!decisive) return undefined;
  const [from, to] = decisiveBins(decisive);
  const { name, lnM } = decisive.gate;
  const cell = (arm: Bin["stable"]) =>
    arm === "no-data" ? "no data" : `${arm.errors} of ${arm.requests} (${formatShare(rate(arm))})`;
  const table = markdown.table(
    ["From", "Weight", "Canary errors", "Stable errors", `ln M, ${markdown.escapeMarkdown(name)}`],
    bins
      .slice(from, to)
      .map((bin, index) => [
        new Date(bin.start).toISOString().slice(11, 19),
        formatShare(weightOf(bin, weights).share),
        cell(bin.canary),
        cell(bin.stable),
        (lnM[from + index] ?? 0).toFixed(2),
      ]),
  );
  return markdown.details("The bins that decided", table);
}
