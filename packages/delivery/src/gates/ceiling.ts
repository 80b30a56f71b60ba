import { formatShare } from "#ship/kit";
import { isAlone, weightOf } from "../canary/weights.ts";
import type { Evidence, Gate } from "../gate.ts";
import type { Bin } from "../metrics.ts";
import { ceilingEvidence } from "./ceiling-evidence.ts";
import { meanEvidence } from "./e-process.ts";
import { type Ceiling, countsOf, isSick, worstSickness } from "./sick-baseline.ts";
import { verdictOf } from "./verdict.ts";

/** When a ceiling is looked at: while the stable release runs beside the canary, or when the canary is alone at 100 %. */
export type CeilingPhase = "beside-stable" | "alone";

/** What a ceiling gate needs to know. */
export interface CeilingSettings {
  readonly name: string;
  readonly phase: CeilingPhase;
  /** Several ceilings are judged together: their mean is one test. */
  ceilings(evidence: Evidence): readonly Ceiling[];
  readonly dispersion: number;
  /** Milliseconds left out at the start of each step, for limits on latency; 0 for errors. */
  readonly warmup: number;
}

/**
 * Fails when the canary breaks an absolute limit. A bin in which the stable release breaks it as well says nothing about
 * the canary, and while the stable release keeps breaking it the step is held: a sick baseline never rolls a canary back.
 */
export function ceilingGate(settings: CeilingSettings, alpha: number): Gate {
  const { name, phase, dispersion, warmup } = settings;
  return (evidence) => {
    const ceilings = settings.ceilings(evidence);
    const inPhase = evidence.bins.map(
      (bin) =>
        isAlone(bin, evidence.weights) === (phase === "alone") &&
        (warmup === 0 || bin.start >= weightOf(bin, evidence.weights).at + warmup),
    );
    const trails = ceilings.map((ceiling) =>
      ceilingEvidence(
        evidence.bins.map((bin, index) =>
          inPhase[index] && !isSick(bin, ceiling) ? countsOf(bin.canary, ceiling) : undefined,
        ),
        ceiling.share,
        dispersion,
      ),
    );
    const judged = evidence.bins.filter((bin, index) => inPhase[index] && bin.canary !== "no-data");
    return verdictOf({
      gate: name,
      comparesArms: phase === "beside-stable",
      trail: meanEvidence(trails),
      threshold: -Math.log(alpha),
      judged: judged.length > 0,
      baseline: phase === "alone" ? undefined : worstSickness(evidence, ceilings, dispersion),
      explanation: ceilings.map((ceiling) => explain(judged, ceiling)).join(", "),
    });
  };
}

function explain(bins: readonly Bin[], ceiling: Ceiling): string {
  const counted = bins.map((bin) => countsOf(bin.canary, ceiling)).filter((counts) => counts !== undefined);
  const requests = counted.reduce((sum, counts) => sum + counts.requests, 0);
  const bad = counted.reduce((sum, counts) => sum + counts.bad, 0);
  const share = requests === 0 ? 0 : bad / requests;
  return `canary ${formatShare(share)} ${ceiling.what} of ${requests} requests (limit ${formatShare(ceiling.share)})`;
}
