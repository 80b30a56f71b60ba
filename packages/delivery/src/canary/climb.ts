import { poll, ShipError } from "#ship/kit";
import type { Tenure } from "../state/tenure.ts";
import { lackingCapacity } from "./capacity.ts";
import { checkUnseen } from "./check-unseen.ts";
import type { Decision } from "./decide.ts";
import type { StepRecord } from "./record.ts";
import { type RolloutContext, watchStep } from "./watch-step.ts";

const capacityPause = 2_000;

/**
 * Goes through the steps until the last is promoted or something else is decided. Weights that are there already were
 * written by an earlier process: the last of them is the step to go on with.
 * @param steps records of the steps; those to come are added
 */
export async function climb(
  context: RolloutContext,
  steps: StepRecord[],
  tenure: Tenure | undefined,
): Promise<Exclude<Decision, { kind: "hold" | "advance" }>> {
  const { plan, target, clock, signal, weights } = context;
  // A platform with a course of its own brings capacity first, and is met where it stands.
  const from = target.course ? context.state.split.canary : 0;
  const done = weights.length;
  if (!target.course && done === 0) {
    await target.route({ canary: 0 }, signal);
    await awaitCapacity(context);
  }
  const refused = done === 0 && from === 0 ? await checkUnseen(context) : undefined;
  if (refused) return refused;
  for (const [index, step] of plan.steps.entries()) {
    if (step.share < from || index < done - 1) continue;
    if (index >= done) {
      await tenure?.note([...weights, { at: clock.now(), share: step.share }]);
      await target.route({ canary: step.share }, signal);
      weights.push({ at: clock.now(), share: step.share });
      tenure?.correct(weights);
    }
    const begun = weights.at(-1)?.at ?? clock.now();
    const unfinished = {
      share: step.share,
      begun,
      ended: begun,
      requests: 0,
      requestsNeeded: 0,
      outcome: "not finished",
    };
    steps.push(unfinished);
    const decision = await watchStep(context, index);
    const { requests = 0, requestsNeeded = 0 } = context.judgement ?? {};
    const outcome = "why" in decision ? `${decision.kind}: ${decision.why}` : decision.kind;
    steps[steps.length - 1] = { ...unfinished, ended: clock.now(), requests, requestsNeeded, outcome };
    if (decision.kind !== "advance") return decision;
  }
  throw new RangeError("The plan ended without a last step.");
}

/** Waits until the canary, still without traffic, could carry the first step. */
async function awaitCapacity({ plan, target, state, clock, signal }: RolloutContext): Promise<void> {
  const [first] = plan.steps;
  if (!first) return;
  let lacking: readonly string[] = [];
  await poll(
    async () => {
      const [canary, stable] = await Promise.all([
        target.health(state.canary, signal),
        target.health(state.stable, signal),
      ]);
      lacking = lackingCapacity({ canary, stable }, first.share);
      return lacking.length === 0 ? true : undefined;
    },
    {
      clock,
      signal,
      everyMilliseconds: capacityPause,
      timeoutMilliseconds: first.longest,
      onTimeout: () =>
        new ShipError("CANARY_UNHEALTHY", `Before any traffic was moved: ${lacking.join("; ")}.`),
    },
  );
}
