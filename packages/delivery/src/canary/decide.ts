import { formatDuration } from "#ship/kit";
import type { Evidence, Verdict } from "../gate.ts";
import { negligibleShare } from "../gates/two-arm-errors.ts";
import type { Bin } from "../metrics.ts";
import { describeHealth, type FleetHealth, isStableDown, lackingCapacity } from "./capacity.ts";
import { type CheckState, failedCheck } from "./checks.ts";
import type { CanaryPlan, PlannedStep } from "./plan.ts";
import { checkSplit } from "./split-check.ts";
import { rate, totalsOf } from "./totals.ts";
import { binsOfStep, currentWeight, isAlone } from "./weights.ts";

/** What is known at one moment of a rollout. */
export interface Observation extends Evidence {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The step whose weight is in force. */
  readonly step: PlannedStep;
  /** The step after it; absent at the last. */
  readonly next?: PlannedStep | undefined;
  /** Of both releases; `undefined` when they could not be asked. */
  readonly health: FleetHealth | undefined;
  /** What the step waits for besides the metrics. */
  readonly checks?: readonly CheckState[];
}

/** What to do now. `promote` ends the last step. A roll-back is caused by a gate's evidence, by a failed check, or by a canary that has no healthy target. */
export type Decision =
  | { readonly kind: "hold" | "inconclusive"; readonly why: string }
  | { readonly kind: "roll-back"; readonly cause: "gate" | "check" | "health"; readonly why: string }
  | { readonly kind: "advance" | "promote" };

/** A decision with everything it rests on. */
export interface Judgement {
  readonly decision: Decision;
  readonly verdicts: readonly Verdict[];
  /** Canary requests of this step, and how many it needs. */
  readonly requests: number;
  readonly requestsNeeded: number;
}

/**
 * Decides from evidence alone: the same observation gives the same decision, so a rollout can be replayed.
 *
 * A failed gate, a failed check or a canary without healthy targets rolls back at once. Traffic moves on only when the step
 * has lasted its time, every check has passed, no gate suspects anything, the metrics are fresh, enough requests were seen,
 * and the split is the one written.
 * Whatever is missing holds the step, at most for as long as the step may take; a stable release that breaks a limit
 * itself, or has no healthy target, stops that clock.
 */
export function decide(plan: CanaryPlan, observation: Observation): Judgement {
  const { now, step, health } = observation;
  const verdicts = plan.gates.map((gate) => gate(observation));
  const judged = binsOfStep(observation);
  const canary = totalsOf(judged, "canary");
  const isCompared = plan.compares && step.share < 1;
  const compared = isCompared ? totalsOf(judged.filter(isComparable), "canary").requests : canary.requests;
  const requestsNeeded = plan.requestsNeeded({
    step,
    stableErrorShare: stableErrorShare(plan, observation),
    share: observedShare(judged, step.share),
  });
  const answer = (decision: Decision): Judgement => ({
    decision,
    verdicts,
    requests: compared,
    requestsNeeded,
  });

  if (health?.canary.healthy === 0)
    return answer({ kind: "roll-back", cause: "health", why: describeHealth(health.canary) });
  const refusal = failedCheck(observation.checks ?? []);
  if (refusal !== undefined) return answer({ kind: "roll-back", cause: "check", why: refusal });
  const failed = verdicts.find((verdict) => verdict.status === "fail");
  if (failed)
    return answer({ kind: "roll-back", cause: "gate", why: `${failed.gate}: ${failed.explanation}` });

  const blindFor = now - lastSeen(observation);
  if (blindFor > plan.maxBlind) {
    const why = `no metrics of the canary for ${formatDuration(blindFor)} (limit ${formatDuration(plan.maxBlind)})`;
    return answer({ kind: "inconclusive", why });
  }
  const elapsed = now - currentWeight(observation).at;
  if (elapsed < step.interval)
    return answer({ kind: "hold", why: `the step lasts ${formatDuration(step.interval)}` });

  const isWithoutWayBack = step.share < 1 && isStableDown(health);
  const missing = [
    ...suspicions(verdicts, step),
    ...staleness(plan, observation),
    ...(isWithoutWayBack ? ["the stable release has no healthy target"] : []),
    ...tooFew(canary.requests, compared, requestsNeeded),
    ...wrongSplit(plan, judged, step),
    ...unfinished(observation),
    ...(observation.next ? lackingCapacity(observation.health, observation.next.share) : []),
  ];
  if (missing.length === 0) return answer({ kind: step.share === 1 ? "promote" : "advance" });
  const excused = Math.max(0, ...verdicts.map((verdict) => verdict.baseline?.milliseconds ?? 0));
  const isSick = isWithoutWayBack || verdicts.some((verdict) => verdict.baseline?.sick);
  if (!isSick && elapsed - excused >= step.longest) {
    const why = `after ${formatDuration(elapsed)} (limit ${formatDuration(step.longest)}) ${missing.join(", and ")}`;
    return answer({ kind: "inconclusive", why });
  }
  return answer({ kind: "hold", why: missing.join(", and ") });
}

/** The end of the newest bin with data of the canary; the first shift before there is one. */
function lastSeen({ bins, weights, now }: Observation): number {
  return bins.findLast((bin) => bin.canary !== "no-data")?.end ?? weights[0]?.at ?? now;
}

function stableErrorShare(plan: CanaryPlan, { bins, weights }: Evidence): number {
  const beside = totalsOf(
    bins.filter((bin) => !isAlone(bin, weights)),
    "stable",
  );
  return Math.max(negligibleShare, beside.requests > 0 ? rate(beside) : plan.baselineErrorShare);
}

function observedShare(bins: readonly Bin[], written: number): number {
  const canary = totalsOf(bins, "canary").requests;
  const all = canary + totalsOf(bins, "stable").requests;
  return canary === 0 || canary === all ? written : canary / all;
}

function suspicions(verdicts: readonly Verdict[], step: PlannedStep): string[] {
  return verdicts
    .filter((verdict) => verdict.status === "suspect" && !(step.share === 1 && verdict.comparesArms))
    .map((verdict) =>
      verdict.baseline?.sick
        ? `${verdict.gate} is broken by the stable release itself`
        : `${verdict.gate} is suspect (ln M ${verdict.value.toFixed(2)}): ${verdict.explanation}`,
    );
}

function unfinished({ checks = [] }: Observation): string[] {
  return checks
    .filter(({ status }) => status === "waiting")
    .map(({ name }) => `the step still waits for ${name}`);
}

function staleness(plan: CanaryPlan, observation: Observation): string[] {
  const age = observation.now - lastSeen(observation);
  return age > plan.freshness
    ? [
        `the newest metrics of the canary are ${formatDuration(age)} old (fresh is ${formatDuration(plan.freshness)})`,
      ]
    : [];
}

function tooFew(requests: number, compared: number, needed: number): string[] {
  if (compared >= needed) return [];
  if (requests < needed) return [`the canary had ${requests} of the ${needed} requests a verdict needs`];
  return [
    `the stable release could be compared in ${compared} of the ${requests} requests to the canary (a verdict needs ${needed}): its metrics are missing`,
  ];
}

/** A bin that can tell the releases apart: both are known, and the stable one had traffic. */
function isComparable({ stable, canary }: Bin): boolean {
  return canary !== "no-data" && stable !== "no-data" && stable.requests > 0;
}

function wrongSplit(plan: CanaryPlan, bins: readonly Bin[], step: PlannedStep): string[] {
  if (step.share === 1) return [];
  const both = bins.filter((bin) => bin.canary !== "no-data" && bin.stable !== "no-data");
  const canary = totalsOf(both, "canary").requests;
  const finding = checkSplit(canary, totalsOf(both, "stable").requests, step.share, plan.alpha);
  if (!finding.isOff) return [];
  const [seen, written] = [finding.observed, step.share].map((share) => `${(share * 100).toFixed(1)} %`);
  return [`the canary gets ${seen} of the requests instead of ${written} (sticky sessions?)`];
}
