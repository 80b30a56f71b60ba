import { formatShare } from "#ship/kit";
import { rate, totalsOf } from "../canary/totals.ts";
import { isAlone } from "../canary/weights.ts";
import type { Gate } from "../gate.ts";
import type { Bin } from "../metrics.ts";
import { badShareOfStep } from "./bad-share.ts";
import { ratioAtLeast } from "./ratio-bound.ts";
import { type TwoArmCounts, type TwoArmSettings, twoArmEvidence } from "./two-arm.ts";
import { suspectFrom, verdictOf } from "./verdict.ts";

/** Below this share of bad requests a canary is not rolled back, however certain the difference is. */
export const negligibleShare = 0.001;

/** Fails when the canary answers with errors more often than the stable release beside it, beyond the tolerance. */
export function twoArmErrors(settings: TwoArmSettings, alpha: number): Gate {
  return (evidence) => {
    const compared = evidence.bins.map((bin) =>
      isAlone(bin, evidence.weights) ? undefined : errorCounts(bin),
    );
    const together = evidence.bins.filter((_, index) => compared[index] !== undefined);
    const canary = totalsOf(together, "canary");
    const stable = totalsOf(together, "stable");
    const badShare = badShareOfStep(evidence, (counts) => counts.errors);
    const trail = twoArmEvidence(compared, settings);
    const atLeast = trail.some((logM) => logM >= suspectFrom)
      ? ratioAtLeast(compared, alpha, settings.dispersion)
      : undefined;
    return verdictOf({
      gate: "errors against stable",
      comparesArms: true,
      trail,
      threshold: -Math.log(alpha),
      judged: together.length > 0,
      mayFailAt: (bin) => badShare(bin) >= negligibleShare,
      ratioAtLeast: atLeast,
      explanation:
        `canary ${formatShare(rate(canary))} errors of ${canary.requests}, ` +
        `stable ${formatShare(rate(stable))} of ${stable.requests}; tolerated ${settings.tolerance} times stable` +
        (atLeast === undefined ? "" : `, certainly at least ${atLeast.toPrecision(3)}`),
    });
  };
}

function errorCounts({ canary, stable }: Bin): TwoArmCounts | undefined {
  if (canary === "no-data" || stable === "no-data") return undefined;
  return {
    canaryRequests: canary.requests,
    canaryBad: canary.errors,
    stableRequests: stable.requests,
    stableBad: stable.errors,
  };
}
