import { formatDuration, formatShare } from "#ship/kit";
import { isAlone, weightOf } from "../canary/weights.ts";
import type { Evidence, Gate } from "../gate.ts";
import type { ArmCounts, Bin } from "../metrics.ts";
import { badShareOfStep } from "./bad-share.ts";
import { meanEvidence } from "./e-process.ts";
import { type TwoArmCounts, twoArmEvidence } from "./two-arm.ts";
import { negligibleShare } from "./two-arm-errors.ts";
import { verdictOf } from "./verdict.ts";

/** "Ten per cent slower is fine": how far the canary's edge lies above the stable one. */
const slowerIsFine = 1.1;

/** A percentile of the stable release, frozen before the first shift. Seconds. */
export interface FrozenEdge {
  /** For example `p95`. */
  readonly percentile: string;
  /** Share of the stable release's requests that were slower, a fraction. */
  readonly beyond: number;
  /** The stable release's slow requests are slower than this. */
  readonly stable: number;
  /** The canary's slow requests are slower than this. */
  readonly canary: number;
}

/** Freezes a percentile of the stable release, in seconds. */
export function freezeEdge(percentile: string, beyond: number, seconds: number): FrozenEdge {
  return { percentile, beyond, stable: seconds, canary: seconds * slowerIsFine };
}

/** What the latency gate compares with. */
export interface LatencySettings {
  readonly frozen: readonly FrozenEdge[];
  /** Edges in seconds that the metrics were asked for, in their order. */
  readonly edges: readonly number[];
  readonly dispersion: number;
  /** Milliseconds at the start of each step whose bins are left out, by schedule and not by what they show. */
  readonly warmup: number;
}

/** Fails when more of the canary's requests lie clearly beyond the stable release's own percentiles than of the stable release's. */
export function latencyAgainstStable(settings: LatencySettings, alpha: number): Gate {
  const { frozen, edges, dispersion, warmup } = settings;
  const slow = (counts: ArmCounts, edge: number) => counts.slower[edges.indexOf(edge)] ?? 0;
  return (evidence) => {
    const warm = evidence.bins.map((bin) => isWarm(bin, evidence, warmup));
    const trails = frozen.map((edge) =>
      twoArmEvidence(
        evidence.bins.map((bin, index): TwoArmCounts | undefined => {
          if (!warm[index] || bin.canary === "no-data" || bin.stable === "no-data") return undefined;
          return {
            canaryRequests: bin.canary.requests,
            canaryBad: slow(bin.canary, edge.canary),
            stableRequests: bin.stable.requests,
            stableBad: slow(bin.stable, edge.stable),
          };
        }),
        { tolerance: 1, dispersion },
      ),
    );
    const shares = frozen.map((edge) => badShareOfStep(evidence, (counts) => slow(counts, edge.canary)));
    return verdictOf({
      gate: "latency against stable",
      comparesArms: true,
      trail: meanEvidence(trails),
      threshold: -Math.log(alpha),
      judged: evidence.bins.some((bin, index) => warm[index] && bin.canary !== "no-data"),
      mayFailAt: (bin) => shares.some((share) => share(bin) >= negligibleShare),
      explanation: frozen
        .map((edge) => {
          const share = slowShare(evidence.bins, (counts) => slow(counts, edge.canary));
          return `${formatShare(share)} of the canary slower than ${formatDuration(edge.canary * 1_000)} (stable ${edge.percentile} is ${formatDuration(edge.stable * 1_000)})`;
        })
        .join(", "),
    });
  };
}

function isWarm(bin: Bin, { weights }: Evidence, warmup: number): boolean {
  return !isAlone(bin, weights) && bin.start >= weightOf(bin, weights).at + warmup;
}

function slowShare(bins: readonly Bin[], slow: (counts: ArmCounts) => number): number {
  const known = bins.map((bin) => bin.canary).filter((counts): counts is ArmCounts => counts !== "no-data");
  const requests = known.reduce((sum, counts) => sum + counts.requests, 0);
  return requests === 0 ? 0 : known.reduce((sum, counts) => sum + slow(counts), 0) / requests;
}
