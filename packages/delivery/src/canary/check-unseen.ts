import { type Clock, type Log, ShipError } from "#ship/kit";
import type { TargetNotes } from "../state/notes.ts";
import { approvalCheck } from "./approval.ts";
import { beginChecks, failedCheck, type StepCheck } from "./checks.ts";
import type { Decision } from "./decide.ts";
import type { CanaryPlan } from "./plan.ts";
import { type RolloutContext, wouldHave } from "./watch-step.ts";

/** What checks are made of. */
export interface CheckPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly checks?: readonly StepCheck[];
  /** Where an approval can be noted; absent on a platform that keeps its own state. */
  readonly keeping?: { readonly notes: TargetNotes } | undefined;
}

/**
 * What the steps have to pass: what was given, and a person's approval where one is asked.
 * @throws ShipError `INPUT_INVALID` for an approval that nobody could give
 */
export function checksOf(
  { checks = [], keeping, clock, log }: CheckPorts,
  { steps }: CanaryPlan,
): readonly StepCheck[] {
  if (keeping) return [...checks, approvalCheck({ notes: keeping.notes, clock, log })];
  if (steps.some(({ until }) => until === "approval")) {
    throw new ShipError(
      "INPUT_INVALID",
      "steps asks for an approval, but this target has no place to note one.",
      {
        hint: "Give the step a duration in place of `@approval`. Nothing has been changed.",
      },
    );
  }
  return checks;
}

/** Checks the canary before any traffic is moved to it; answers why not, and nothing when it may begin. */
export async function checkUnseen(
  context: RolloutContext,
): Promise<Extract<Decision, { kind: "roll-back" }> | undefined> {
  const { checks, plan, state, settings, signal } = context;
  const running = beginChecks(checks, { step: 0, stepCount: plan.steps.length, share: 0, state }, signal);
  await running.ended;
  signal.throwIfAborted();
  const refusal = failedCheck(running.states());
  if (refusal === undefined) return undefined;
  const why = `before any traffic was moved, ${refusal}`;
  if (settings.mode === "enforce") return { kind: "roll-back", cause: "check", why };
  context.wouldHave ??= wouldHave("roll-back", why);
  return undefined;
}
