import { ShipError } from "#ship/kit";
import type { Baseline, Metrics } from "../metrics.ts";
import type { TargetState, TrafficTarget } from "../target.ts";
import { planCourse, requireCourse } from "./course.ts";
import { createGates } from "./gate-set.ts";
import { type CanaryPlan, type PlannedStep, planSteps } from "./plan.ts";
import { requestsNeeded } from "./requests-needed.ts";
import type { RolloutSettings } from "./settings.ts";
import { rate } from "./totals.ts";

/** What is known before the first shift. */
export interface Prepared {
  readonly state: TargetState;
  readonly baseline: Baseline | "no-data";
  readonly plan: CanaryPlan;
}

/** Bins that may be missing at the end before the evidence counts as stale: the one in the making, and two late ones. */
const lateBins = 3;

/**
 * Looks at target and metrics and makes the plan: gates with their share of α, edges frozen from the stable release.
 * Reads only.
 * @throws ShipError `CANARY_INCONCLUSIVE` when nothing could ever tell a bad release from a good one
 */
export async function prepareRollout(
  settings: RolloutSettings,
  {
    target,
    metrics,
    now,
    signal,
  }: { target: TrafficTarget; metrics: Metrics; now: number; signal: AbortSignal },
): Promise<Prepared> {
  const [state, baseline] = await Promise.all([target.inspect(signal), metrics.baseline(now, signal)]);
  const steps = stepsOf(settings, state, metrics);
  const { gates, gateAlpha, edges, canJudge } = createGates(settings, steps, baseline);
  if (!canJudge && state.split.canary < 1) {
    throw new ShipError(
      "CANARY_INCONCLUSIVE",
      "Nothing could tell a bad release from a good one: there is no comparison, no limit and no baseline.",
      {
        hint: "Set `compare` to true with a step below 100, or give `max-error-rate`. Nothing has been changed.",
      },
    );
  }
  const plan: CanaryPlan = {
    steps,
    gates,
    compares: settings.compare,
    gateAlpha,
    edges,
    alpha: settings.alpha,
    requestsNeeded: requestsNeeded({ ...settings, gateAlpha }),
    baselineErrorShare: baseline === "no-data" ? 0 : rate(baseline),
    maxBlind: settings.maxBlind,
    freshness: metrics.lag + lateBins * metrics.period,
  };
  return { state, baseline, plan };
}

function stepsOf(settings: RolloutSettings, state: TargetState, metrics: Metrics): readonly PlannedStep[] {
  const { steps } = settings;
  if (state.steps) {
    if (state.motion === undefined) return [];
    requireCourse(steps, state.steps);
    return planCourse(state.steps, settings, metrics);
  }
  if (steps === "auto") {
    throw new ShipError("INPUT_INVALID", "steps is auto, but this target has no steps of its own.", {
      hint: "Give percentages that rise to 100, such as 5,25,50,100. Nothing has been changed.",
    });
  }
  return planSteps(steps, settings);
}
