import { type Clock, formatDuration, isShipError, type Log, messageOf, type Progress } from "#ship/kit";
import { settleAbsence } from "../absence.ts";
import type { Verdict, WeightChange } from "../gate.ts";
import { negligibleShare } from "../gates/two-arm-errors.ts";
import type { Bin, Metrics } from "../metrics.ts";
import { isRunningOut } from "../state/endurance.ts";
import type { Keeping } from "../state/keeping.ts";
import type { Passage, TargetState, TrafficTarget } from "../target.ts";
import type { FleetHealth } from "./capacity.ts";
import { beginChecks, type RunningChecks, type StepCheck } from "./checks.ts";
import { abide } from "./course.ts";
import { type Decision, decide, type Judgement } from "./decide.ts";
import { requireSplit } from "./drift.ts";
import type { CanaryPlan, PlannedStep } from "./plan.ts";
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
  /** What each step has to pass besides the metrics. */
  readonly checks: readonly StepCheck[];
  readonly signal: AbortSignal;
  /** How the rollout outlives this process; absent on a platform that keeps its own state. */
  readonly keeping: Keeping | undefined;
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
  const { plan, state, signal } = context;
  const step = plan.steps[index];
  if (!step) throw new RangeError(`There is no step ${index + 1} in this plan.`);
  const moment = { ...step, step: index + 1, stepCount: plan.steps.length, state };
  const checks = beginChecks(context.checks, moment, signal);
  try {
    return await watch(context, { index, step, checks });
  } finally {
    checks.stop();
  }
}

/** A step that is watched. */
interface WatchedStep {
  readonly index: number;
  readonly step: PlannedStep;
  readonly checks: RunningChecks;
}

async function watch(
  context: RolloutContext,
  { index, step, checks }: WatchedStep,
): Promise<Exclude<Decision, { kind: "hold" }>> {
  const { plan, settings, target, clock, signal, metrics } = context;
  const pause = Math.min(longestPause, Math.max(shortestPause, metrics.period / 4));
  for (;;) {
    signal.throwIfAborted();
    await watchSplit(context, step.share);
    const runningOut = context.keeping && isRunningOut(context.keeping.credentials, clock.now());
    if (runningOut !== undefined) return { kind: "inconclusive", why: runningOut };
    context.bins = await readBins(context);
    const [health, passage] = await Promise.all([readHealth(context), readPassage(context)]);
    const now = clock.now();
    const { bins, weights } = context;
    const judgement = decide(plan, {
      now,
      bins,
      weights,
      step,
      next: plan.steps[index + 1],
      health,
      checks: checks.states(),
    });
    context.judgement = judgement;
    const decision =
      settings.mode === "enforce"
        ? judgement.decision
        : observed(
            context,
            judgement.decision,
            scheduled(now - currentWeight(context).at, { index, step, checks }),
          );
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

/** A split that cannot be read is looked at again the next time; one that somebody else has written ends the watch. */
async function watchSplit(context: RolloutContext, share: number): Promise<void> {
  try {
    await requireSplit(context.target, share, context.signal);
  } catch (error) {
    forgive(context, error, "The split could not be read");
  }
}

/** In observe mode gates and checks report and the schedule decides; only a canary without healthy targets is still rolled back. */
function observed(context: RolloutContext, decision: Decision, next: Decision): Decision {
  if (decision.kind === "roll-back" && decision.cause === "health") return decision;
  const { kind } = decision;
  if (kind === "roll-back" || kind === "inconclusive") context.wouldHave ??= wouldHave(kind, decision.why);
  return next;
}

/** What the schedule alone does: a step ends when its time is over, and a person where one is asked has answered. */
function scheduled(elapsed: number, { step, checks }: WatchedStep): Decision {
  if (elapsed < step.interval) return { kind: "hold", why: "the schedule is followed" };
  const isUnanswered =
    step.until === "approval" && checks.states().some(({ status }) => status === "waiting");
  if (!isUnanswered) return { kind: step.share === 1 ? "promote" : "advance" };
  const why = `no approval came within ${formatDuration(step.longest)}`;
  return elapsed < step.longest
    ? { kind: "hold", why: "no approval has come yet" }
    : { kind: "inconclusive", why };
}

/** What observe mode reports in place of doing it. */
export function wouldHave(kind: "roll-back" | "inconclusive", why: string): string {
  return `would have ${kind === "roll-back" ? "rolled back" : "ended inconclusive"}: ${why}`;
}

/** An unreadable source is neither good nor bad evidence: what was known stays, and the limit on blindness runs. */
async function readBins(context: RolloutContext): Promise<readonly Bin[]> {
  const { metrics, plan, weights, clock, signal } = context;
  const from = weights[0]?.at ?? clock.now();
  try {
    const expectedShare = (start: number, end: number) => shareDuring(weights, start, end);
    const { edges } = plan;
    return settleAbsence(await metrics.bins({ from, to: clock.now(), edges }, signal), {
      expectedShare,
      edges,
    });
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
