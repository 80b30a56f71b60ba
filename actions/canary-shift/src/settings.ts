import type { RolloutSettings } from "#ship/delivery";
import type { ShiftInputs } from "./inputs.ts";

/** What the inputs decide about the rollout. */
export function settingsOf(inputs: ShiftInputs): RolloutSettings {
  return {
    steps: inputs.steps,
    interval: inputs.interval,
    bake: inputs.bake,
    maxStep: inputs["max-step"],
    approvalTimeout: inputs["approval-timeout"],
    warmup: inputs.warmup,
    compare: inputs.compare,
    tolerance: inputs.tolerance,
    alpha: inputs.alpha,
    dispersion: inputs.dispersion,
    maxErrorRate: inputs["max-error-rate"],
    maxP95: inputs["max-p95"],
    maxP99: inputs["max-p99"],
    minRequests: inputs["min-requests"],
    detect: inputs.detect,
    maxBlind: inputs["max-blind"],
    mode: inputs.mode,
    onInconclusive: inputs["on-inconclusive"],
    onCancel: inputs["on-cancel"],
  };
}
