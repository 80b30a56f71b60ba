import { type Clock, isShipError, type Log, messageOf, type Progress } from "#ship/kit";
import type { Verdict, WeightChange } from "../gate.ts";
import { negligibleShare } from "../gates/two-arm-errors.ts";
import type { Bin, Metrics } from "../metrics.ts";
import type { Passage, TargetState, TrafficTarget } from "../target.ts";
import type { FleetHealth } from "./capacity.ts";
import { abide } from "./course.ts";
import { type Decision, decide, type Judgement } from "./decide.ts";
import type { CanaryPlan } from "./plan.ts";
import { progressLine } from "./progress-line.ts";
import type { RolloutSettings } from "./settings.ts";
import { rate, totalsOf } from "./totals.ts";
import { binsOfStep, currentWeight, shareDuring } from "./weights.ts";

/** What a rollout is made of, and what it has seen so far. */
export interface RolloutContext {
  readonly settings: RolloutSettings;
  readonly plan: CanaryPlan;
  readonly state: TargetState;
  readonly target: TrafficTarget;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly weights: WeightChange[];
  bins: readonly Bin[];
  judgement: Judgement | undefined;
  wouldHave: string | undefined;
}

const shortestPause = 1_000;
const longestPause = 15_000;

/** Watches the step at `index` until something other than "hold" is decided. */
export async function watchStep(
  context: RolloutContext,
  index: number,
): Promise<Exclude<Decision, { kind: "hold" }>> {
  const { plan, settings, target, clock, signal, metrics } = context;
  const step = plan.steps[index];
  if (!step) throw new RangeError(`There is no step ${index + 1} in this plan.`);
  const pause = Math.min(longestPause, Math.max(shortestPause, metrics.period / 4));
  for (;;) {
    signal.throwIfAborted();
    context.bins = await readBins(context);
    const [health, passage] = await Promise.all([readHealth(context), readPassage(context)]);
    const now = clock.now();
    const { bins, weights } = context;
    const judgement = decide(plan, { now, bins, weights, step, next: plan.steps[index + 1], health });
    context.judgement = judgement;
    const isDue = now - currentWeight(context).at >= step.interval;
    const decision =
      settings.mode === "enforce"
        ? judgement.decision
        : observed(context, judgement.decision, isDue ? (step.share === 1 ? "promote" : "advance") : "hold");
    const answer = passage ? abide(decision, passage, step) : decision;
    const isHeldBack = answer.kind === "hold" || answer.kind === "proceed";
    tell(
      context,
      index,
      isHeldBack && passage ? { ...judgement, decision: { ...answer, kind: "hold" } } : judgement,
    );
    if (answer.kind === "proceed") await target.course?.proceed(signal);
    else if (answer.kind !== "hold") return answer;
    await clock.sleep(pause, signal);
  }
}

/** In observe mode gates report and the schedule decides; only a canary without healthy targets is still rolled back. */
function observed(
  context: RolloutContext,
  decision: Decision,
  scheduled: "hold" | "advance" | "promote",
): Decision {
  if (decision.kind === "roll-back" && decision.cause === "health") return decision;
  if (decision.kind === "roll-back" || decision.kind === "inconclusive")
    context.wouldHave ??= `${decision.kind}: ${decision.why}`;
  return scheduled === "hold" ? { kind: "hold", why: "the schedule is followed" } : { kind: scheduled };
}

/** An unreadable source is neither good nor bad evidence: what was known stays, and the limit on blindness runs. */
async function readBins(context: RolloutContext): Promise<readonly Bin[]> {
  const { metrics, plan, weights, clock, signal } = context;
  const from = weights[0]?.at ?? clock.now();
  try {
    const expectedShare = (start: number, end: number) => shareDuring(weights, start, end);
    return await metrics.bins({ from, to: clock.now(), edges: plan.edges, expectedShare }, signal);
  } catch (error) {
    forgive(context, error, "The metrics could not be read");
    return context.bins;
  }
}

async function readHealth(context: RolloutContext): Promise<FleetHealth | undefined> {
  const { target, state, signal } = context;
  try {
    const [canary, stable] = await Promise.all([
      target.health(state.canary, signal),
      target.health(state.stable, signal),
    ]);
    return { canary, stable };
  } catch (error) {
    forgive(context, error, "The health of the targets could not be read");
    return undefined;
  }
}

/** Of a platform with a course of its own; while it does not answer, nothing is held against it and nothing moves on. */
async function readPassage(context: RolloutContext): Promise<Passage | undefined> {
  const { course } = context.target;
  if (!course) return undefined;
  try {
    return await course.passage(context.signal);
  } catch (error) {
    forgive(context, error, "The platform could not be asked where it is");
    return { share: currentWeight(context).share, phase: "moves", words: "the platform does not answer" };
  }
}

function forgive({ log, signal }: RolloutContext, error: unknown, what: string): void {
  signal.throwIfAborted();
  if (!isShipError(error) || (error.kind !== "provider" && error.kind !== "timeout")) throw error;
  log.info(`${what}; the step is held meanwhile: ${messageOf(error)}`);
}

function tell(context: RolloutContext, index: number, judgement: Judgement): void {
  const bins = binsOfStep(context);
  context.progress.update(
    progressLine({
      step: index + 1,
      stepCount: context.plan.steps.length,
      share: currentWeight(context).share,
      bins,
      judgement,
      limit: limitNow(context, bins, judgement.verdicts),
    }),
  );
}

function limitNow(
  { settings }: RolloutContext,
  bins: readonly Bin[],
  verdicts: readonly Verdict[],
): number | undefined {
  const stable = totalsOf(bins, "stable");
  const compares =
    settings.compare && verdicts.some((verdict) => verdict.comparesArms) && stable.requests > 0;
  const relative = compares ? Math.max(negligibleShare, settings.tolerance * rate(stable)) : undefined;
  const limits = [relative, settings.maxErrorRate].filter((limit) => limit !== undefined);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
