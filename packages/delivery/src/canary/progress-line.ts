import { formatDuration, formatShare } from "#ship/kit";
import type { Arm, ArmCounts, Bin } from "../metrics.ts";
import type { Judgement } from "./decide.ts";
import { rate, totalsOf } from "./totals.ts";

/** What a progress line tells of. */
export interface ProgressMoment {
  /** From 1. */
  readonly step: number;
  readonly stepCount: number;
  readonly share: number;
  /** Bins of this step. */
  readonly bins: readonly Bin[];
  readonly judgement: Judgement;
  /** The canary's error rate above which it is worse than tolerated just now; absent without a limit. */
  readonly limit: number | undefined;
}

/**
 * One line, always of the same shape, so that a live view can read it:
 * `step 2/4 · 25 % · canary 4.8 % errors of 120 (limit 1.1 %), p95 130 ms · stable 0.9 % errors of 380, p95 120 ms · ln M 3.20 of 5.30 · hold: …`
 */
export function progressLine(moment: ProgressMoment): string {
  const { step, stepCount, share, bins, judgement } = moment;
  const limit = moment.limit === undefined ? "" : ` (limit ${formatShare(moment.limit)})`;
  const highest = [...judgement.verdicts].sort((a, b) => b.value / b.threshold - a.value / a.threshold)[0];
  const evidence = highest ? `ln M ${highest.value.toFixed(2)} of ${highest.threshold.toFixed(2)}` : "ln M -";
  const { decision } = judgement;
  return [
    `step ${step}/${stepCount}`,
    formatShare(share),
    `canary ${armText(bins, "canary", limit)}`,
    ...(share < 1 ? [`stable ${armText(bins, "stable", "")}`] : []),
    evidence,
    "why" in decision ? `${decision.kind}: ${decision.why}` : decision.kind,
  ].join(" · ");
}

function armText(bins: readonly Bin[], arm: "canary" | "stable", limit: string): string {
  const totals = totalsOf(bins, arm);
  const p95 = bins.map((bin) => p95Of(bin[arm])).findLast((seconds) => seconds !== undefined);
  const latency = p95 === undefined ? "-" : formatDuration(p95 * 1_000);
  return `${formatShare(rate(totals))} errors of ${totals.requests}${limit}, p95 ${latency}`;
}

function p95Of(arm: Arm): ArmCounts["p95"] {
  return arm === "no-data" ? undefined : arm.p95;
}
