import type { ArmCounts, Bin } from "../metrics.ts";
import type { RolloutReport } from "./record.ts";
import type { RolloutSettings } from "./settings.ts";
import { weightOf } from "./weights.ts";

/** Counts of one release in one bin, and its 95th percentile in seconds where it is known; `null` where there is no data. */
export type EvidenceArm = ArmCounts | null;

/** The evidence of a rollout as it is written to a file. Times are ISO 8601, shares percentages, edges seconds. */
export interface EvidenceDocument {
  readonly plan: {
    readonly steps: readonly {
      readonly percent: number;
      readonly intervalSeconds: number;
      readonly longestSeconds: number;
    }[];
    readonly edges: readonly number[];
    readonly alpha: number;
    readonly tolerance: number;
    readonly dispersion: number;
    readonly mode: RolloutSettings["mode"];
  };
  readonly bins: readonly {
    readonly start: string;
    readonly end: string;
    /** The canary's weight when the bin ended, in percent. */
    readonly weight: number;
    readonly stable: EvidenceArm;
    readonly canary: EvidenceArm;
  }[];
  /** `lnM` holds the natural logarithm of the evidence after each bin. */
  readonly gates: readonly {
    readonly name: string;
    readonly threshold: number;
    readonly lnM: readonly number[];
  }[];
  readonly weights: readonly { readonly at: string; readonly percent: number }[];
  readonly result: string;
  readonly reason: string;
}

/** Makes the evidence document of a rollout; replaying its bins through the gates gives its numbers again. */
export function evidenceDocument(report: RolloutReport, settings: RolloutSettings): EvidenceDocument {
  const { plan } = report;
  return {
    plan: {
      steps: plan.steps.map((step) => ({
        percent: percent(step.share),
        intervalSeconds: step.interval / 1_000,
        longestSeconds: step.longest / 1_000,
      })),
      edges: plan.edges,
      alpha: settings.alpha,
      tolerance: settings.tolerance,
      dispersion: settings.dispersion,
      mode: settings.mode,
    },
    bins: report.bins.map((bin) => ({
      start: iso(bin.start),
      end: iso(bin.end),
      weight: percent(weightOf(bin, report.weights).share),
      stable: armOf(bin.stable),
      canary: armOf(bin.canary),
    })),
    gates: (report.judgement?.verdicts ?? []).map(({ gate, threshold, trail }) => ({
      name: gate,
      threshold,
      lnM: trail,
    })),
    weights: report.weights.map(({ at, share }) => ({ at: iso(at), percent: percent(share) })),
    result: report.result,
    reason: report.reason,
  };
}

function armOf(arm: Bin["stable"]): EvidenceArm {
  if (arm === "no-data") return null;
  const { requests, errors, slower, p95 } = arm;
  return { requests, errors, slower, ...(p95 === undefined ? {} : { p95 }) };
}

function percent(share: number): number {
  return Number((share * 100).toFixed(6));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
