import {
  type Clock,
  createProgress,
  graceMilliseconds,
  type Log,
  messageOf,
  ShipError,
  toShipError,
} from "#ship/kit";
import type { Metrics } from "../metrics.ts";
import { enterTenure, findPlace, type Keeping, requireEndurance } from "../state/keeping.ts";
import { planHash } from "../state/plan-hash.ts";
import { findTakeover, type Tenure } from "../state/tenure.ts";
import type { Candidate, TrafficTarget } from "../target.ts";
import { bringBack, notBack } from "./bring-back.ts";
import { checksOf } from "./check-unseen.ts";
import type { StepCheck } from "./checks.ts";
import { climb } from "./climb.ts";
import { earlierSteps } from "./earlier-steps.ts";
import { prepareRollout } from "./prepare.ts";
import type { RolloutReport, RolloutResult, StepRecord } from "./record.ts";
import type { RolloutSettings } from "./settings.ts";
import { rate, totalsOf } from "./totals.ts";
import type { RolloutContext } from "./watch-step.ts";
import { isAlone } from "./weights.ts";

/** What a rollout works with. */
export interface RolloutPorts {
  readonly target: TrafficTarget;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Registers the call that makes production safe on a cancellation; answers a function that withdraws it. */
  onCancel(makeSafe: () => Promise<void>): () => void;
  /** Told before the first shift (`true`) and once traffic is where it shall stay (`false`), for a later process to see. */
  unsettled(isUnsettled: boolean): void;
  /** What each step, and the canary before it has any traffic, has to pass besides the metrics. */
  readonly checks?: readonly StepCheck[];
  /** How the rollout outlives this process; absent on a platform that keeps its own state. */
  readonly keeping?: Keeping | undefined;
}

/** How long traffic is tried to be brought back, in milliseconds. After a cancellation a last attempt must still fit in. */
const rollbackBudget = 600_000;
const cancelledBudget = graceMilliseconds - 3_000;

/**
 * Moves traffic to the canary step by step, each on evidence, and bakes it at 100 %. Whatever goes wrong, a gate, an error
 * or a cancellation, all traffic goes back to stable and is seen to be there.
 *
 * @returns how it ended, with the failure if there is one
 * @throws ShipError only for what happens before the first shift
 */
export async function rollOut(settings: RolloutSettings, ports: RolloutPorts): Promise<RolloutReport> {
  const { target, metrics, clock, log, signal } = ports;
  const { keeping } = ports;
  const hash = planHash(settings, metrics);
  const place = keeping && (await findPlace(keeping, { target, plan: hash, now: clock.now(), signal }));
  const resumed = place?.claim.kind === "resume" ? place.claim : undefined;
  // Measured up to the same moment, the stable release gives the same edges and limits again.
  const begun = resumed?.record.begun ?? clock.now();
  const { state, plan } = await prepareRollout(settings, { target, metrics, now: begun, signal });
  for (const warning of state.warnings) log.warning(warning);
  const losing = new AbortController();
  const context: RolloutContext = {
    settings,
    plan,
    state,
    target,
    metrics,
    clock,
    log,
    signal: AbortSignal.any([signal, losing.signal]),
    progress: createProgress(log, clock),
    checks: checksOf(ports, plan),
    keeping,
    weights: [...(resumed?.weights ?? [])],
    bins: [],
    judgement: undefined,
    wouldHave: undefined,
  };
  const steps: StepRecord[] = earlierSteps(context.weights);
  const report = (
    result: RolloutResult,
    reason: string,
    share: number,
    failure?: ShipError,
  ): RolloutReport => ({
    result,
    reason,
    share,
    failure,
    begun,
    steps,
    step: plan.steps.findIndex((step) => step.share === steps.at(-1)?.share) + 1,
    stepCount: plan.steps.length,
    plan,
    ended: clock.now(),
    weights: context.weights,
    bins: context.bins,
    judgement: context.judgement,
    stableErrorShare: stableErrorShare(context),
    wouldHave: context.wouldHave,
  });
  const isUnchanged = place ? place.claim.kind === "unchanged" : state.split.canary === 1;
  if (isUnchanged && state.motion === undefined)
    return report("unchanged", `${state.canary.name} already has all traffic`, 1);
  if (place && "notice" in place.claim && place.claim.notice !== undefined) log.notice(place.claim.notice);
  if (!place && state.split.canary > 0) {
    const from = target.course ? "goes on from there" : "starts again from 0 %";
    log.notice(
      `${state.canary.name} has ${state.split.canary * 100} % of the traffic from an earlier rollout; it ${from}.`,
    );
  }

  if (keeping) requireEndurance(keeping, plan.steps.slice(steps.length), { now: clock.now(), log });

  let tenure: Tenure | undefined;
  let restoring: Promise<void> | undefined;
  const withdraw = ports.onCancel(async () => {
    if (settings.onCancel === "hold") return;
    restoring ??= target.restore();
    // A failure is not the last word: it is tried again below, and told only if it stays one.
    await restoring.catch(() => {});
  });
  const back = async (budget: number, condemned?: string) => {
    const { share, isAtRest } = await bringBack(target, { clock, budget, begun: restoring });
    context.weights.push({ at: clock.now(), share });
    // A cancelled run has no time to wait for a platform that is on its way back; a later process looks again.
    if (share > 0 && !signal.aborted) throw notBack(target, share);
    if (isAtRest || !signal.aborted)
      await settled(() => tenure?.close(condemned === undefined ? {} : { condemned }));
    return share;
  };
  const settled = async (end: () => Promise<void> | undefined) => {
    try {
      await end();
      ports.unsettled(false);
    } catch (error) {
      log.warning(
        `The traffic is where it shall be, but this rollout's record or timer is not: ${messageOf(error)}`,
      );
    }
  };
  try {
    ports.unsettled(settings.onCancel === "rollback");
    if (keeping && place) {
      const rollout = { plan: hash, steps: plan.steps, begun, weights: context.weights };
      tenure = await enterTenure(keeping, place, rollout, { clock, log, signal, losing });
    }
    const decision = await climb(context, steps, tenure);
    if (decision.kind === "promote") {
      // A timer or a record that stays would take this release back later.
      await tenure?.close({ absolve: "absolve" });
      ports.unsettled(false);
      withdraw();
      await retire(context, state.stable);
      return report("promoted", promotedBecause(context), 1);
    }
    const why = "why" in decision ? decision.why : decision.kind;
    const share = context.weights.at(-1)?.share ?? 0;
    if (decision.kind === "inconclusive" && settings.onInconclusive === "hold") {
      await settled(() => tenure?.hold());
      return report(
        "inconclusive",
        why,
        share,
        new ShipError("CANARY_INCONCLUSIVE", `${why}. The traffic was left where it is.`),
      );
    }
    await back(rollbackBudget, decision.kind === "roll-back" ? place?.canary.release : undefined);
    await retire(context, state.canary);
    return decision.kind === "inconclusive"
      ? report(
          "inconclusive",
          why,
          0,
          new ShipError("CANARY_INCONCLUSIVE", `${why}. ${backAtStable(context)}`),
        )
      : report(
          "rolled-back",
          why,
          0,
          new ShipError("CANARY_ROLLED_BACK", `${why}. ${backAtStable(context)}`),
        );
  } catch (error) {
    return await afterFailure(toShipError(error));
  } finally {
    withdraw();
  }

  async function afterFailure(failure: ShipError): Promise<RolloutReport> {
    const share = context.weights.at(-1)?.share ?? 0;
    const isCancelled = failure.kind === "cancelled";
    if (keeping && !tenure && state.split.canary === 0) {
      ports.unsettled(false);
      throw failure;
    }
    // What a newer release has taken over is not this rollout's to bring back.
    if (failure.code === "DEPLOYMENT_SUPERSEDED") {
      ports.unsettled(false);
      return report("failed", failure.message, 0, failure);
    }
    if (failure.code === "ROLLBACK_FAILED") {
      // The deadline stays armed: the timer or reconcile goes on trying.
      await tenure?.abandon();
      return report("failed", failure.message, share, failure);
    }
    const taken = await findTakeover(failure, tenure);
    if (taken) {
      await tenure?.abandon();
      ports.unsettled(false);
      return report("failed", taken.message, share, taken);
    }
    if (failure.code === "TRAFFIC_DRIFTED" && keeping?.onDrift === "hold") {
      await settled(() => tenure?.close());
      return report("failed", `${failure.message} The traffic was left as it was written.`, share, failure);
    }
    if (isCancelled && settings.onCancel === "hold") {
      await settled(() => tenure?.hold());
      return report("cancelled", `${failure.message} The traffic was left where it is.`, share, failure);
    }
    let left: number;
    try {
      left = await back(isCancelled ? cancelledBudget : rollbackBudget);
    } catch (second) {
      await tenure?.abandon();
      return report("failed", messageOf(second), share, toShipError(second));
    }
    if (!isCancelled) await retire(context, state.canary);
    return report(
      isCancelled ? "cancelled" : "rolled-back",
      `${failure.code}: ${failure.message}`,
      left,
      failure,
    );
  }
}

/** Freed capacity is a courtesy: the traffic is where it shall be, so a failure is told and changes nothing. */
async function retire({ target, log, signal }: RolloutContext, candidate: Candidate): Promise<void> {
  try {
    await target.retire(candidate, signal);
  } catch (error) {
    log.warning(
      `${candidate.name} serves nothing any more, but its capacity could not be taken away: ${messageOf(error)}`,
    );
  }
}

function stableErrorShare({ bins, weights, plan }: RolloutContext): number {
  const beside = totalsOf(
    bins.filter((bin) => !isAlone(bin, weights)),
    "stable",
  );
  return beside.requests > 0 ? rate(beside) : plan.baselineErrorShare;
}

function promotedBecause({ wouldHave: found, bins }: RolloutContext): string {
  const canary = totalsOf(bins, "canary");
  if (found !== undefined) return `observed only; enforced, it ${found}`;
  return `no gate failed over ${canary.requests} requests to the canary`;
}

function backAtStable({ state }: RolloutContext): string {
  return `All traffic is back at ${state.stable.name}.`;
}
