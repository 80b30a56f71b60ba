import { formatDuration, formatShare, ShipError } from "#ship/kit";
import type { Metrics } from "../metrics.ts";
import type { CourseStep, Passage } from "../target.ts";
import type { Decision } from "./decide.ts";
import type { PlannedStep, Timing } from "./plan.ts";
import type { ScheduleStep } from "./schedule.ts";

/** A decision, or that the platform may go on from where it waits while the step is still watched. */
export type CourseDecision = Decision | { readonly kind: "proceed"; readonly why: string };

const longestFactor = 3;

/**
 * How long a step may take that a platform stays at for `duration` milliseconds by itself and then holds until it is told
 * to go on.
 */
export function longestHold(
  duration: number,
  { interval, maxStep }: Pick<Timing, "interval" | "maxStep">,
): number {
  return Math.max(duration, maxStep ?? longestFactor * Math.max(duration, interval));
}

/**
 * The steps of a platform with a course of its own. Where only time ends its last step, the evidence must be complete by
 * then; where it asks, it has already stayed there for as long as it does by itself.
 * @throws ShipError `CANARY_INCONCLUSIVE` when the last step ends before anything could be known of it
 */
export function planCourse(
  steps: readonly CourseStep[],
  timing: Pick<Timing, "interval" | "maxStep">,
  { lag, period }: Pick<Metrics, "lag" | "period">,
): readonly PlannedStep[] {
  return steps.map(({ share, duration, until }) => {
    const longest = longestHold(duration, timing);
    if (share < 1) return { share, interval: duration, longest };
    if (until === "answer") return { share, interval: 0, longest };
    const soonest = lag + 2 * period;
    if (duration < soonest) {
      throw new ShipError(
        "CANARY_INCONCLUSIVE",
        `At ${formatShare(share)} the platform goes on after ${formatDuration(duration)} by itself, but metrics of that time take ${formatDuration(soonest)}: nothing could be judged.`,
        {
          hint: `Let it bake for at least ${formatDuration(soonest)} there, or let it wait there for an answer. Nothing has been changed.`,
        },
      );
    }
    return { share, interval: duration, longest: duration };
  });
}

/**
 * Refuses steps that a platform with a course of its own does not go through; `auto` takes the platform's.
 * @throws ShipError `INPUT_INVALID` that says both
 */
export function requireCourse(asked: readonly ScheduleStep[] | "auto", steps: readonly CourseStep[]): void {
  if (asked === "auto") return;
  const text = (list: readonly { readonly share: number }[]) =>
    list.map(({ share }) => Number((share * 100).toFixed(6))).join(",");
  if (
    text(asked) === text(steps) &&
    asked.every(({ duration, until }) => duration === undefined && until === undefined)
  )
    return;
  const held = ({ duration, until }: ScheduleStep) =>
    until ?? (duration === undefined ? undefined : formatDuration(duration));
  const given = asked.map((step) => [text([step]), held(step)].filter(Boolean).join("@")).join(",");
  throw new ShipError(
    "INPUT_INVALID",
    `steps is "${given}", but the platform moves the traffic by itself in the steps ${text(steps)}, and knows how long each lasts.`,
    { hint: "Set `steps` to auto, or change the platform's configuration. Nothing has been changed." },
  );
}

/**
 * What a decision comes to on a platform with a course of its own: traffic moves on only where the platform waits for it,
 * and where it has moved on by itself the next step has begun. To take everything back is possible anywhere.
 */
export function abide(decision: Decision, passage: Passage, step: PlannedStep): CourseDecision {
  if (decision.kind === "roll-back" || decision.kind === "inconclusive") return decision;
  if (passage.share > step.share) return { kind: "advance" };
  if (passage.phase === "finished") {
    if (decision.kind === "promote") return decision;
    const why = "why" in decision ? decision.why : decision.kind;
    return { kind: "inconclusive", why: `the platform finished before enough was known: ${why}` };
  }
  if (decision.kind === "hold") return decision;
  if (passage.phase === "moves") return { kind: "hold", why: passage.words };
  return decision.kind === "promote" ? { kind: "proceed", why: passage.words } : decision;
}
