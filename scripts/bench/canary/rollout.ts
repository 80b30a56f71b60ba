/** One rollout of one rule in one world. */
import type { ArmCounts } from "#ship/delivery";
import { percentiles, slowerThan } from "./latency.ts";
import { binomial, poisson, type Random, seeded } from "./random.ts";
import { lagMinutes, type Minute, minute, type Rule, shares, stepMinutes } from "./rule.ts";
import type { Behaviour, Trace } from "./traces.ts";

/** How a rollout went. */
export interface Ending {
  readonly isRolledBack: boolean;
  /** Minutes from the moment the canary turned bad (from the first shift, for a healthy one) until the end. */
  readonly minutes: number;
  /** Expected requests the canary answered worse than the stable release would have. */
  readonly bad: number;
}

/** A rule that neither goes on nor back is left running for so many minutes. */
const patience = 120;

/** @param edges latency edges in seconds, ascending */
export function rollOut(rule: Rule, trace: Trace, edges: readonly number[], seed: number): Ending {
  const random = seeded(seed);
  const answerOf = rule.begin(trace.requestsPerSecond);
  const seen: Minute[] = [];
  const weights = [{ at: 0, share: shares[0] ?? 1 }];
  let [step, stepBegan, bad] = [0, 0, 0];
  let quarter = Number.POSITIVE_INFINITY;
  for (let now = 1; now <= patience; now += 1) {
    const share = shares[step] ?? 1;
    if (share >= 0.25) quarter = Math.min(quarter, now - 1);
    const moment = { minute: now - 1, sinceQuarter: now - 1 - quarter };
    const [stable, canary] = [trace.stable(moment), trace.canary(moment)];
    seen.push(observe(random, trace, { at: now - 1, share, stable, canary, edges }));
    bad += trace.requestsPerSecond * 60 * share * excess(trace, stable, canary);

    const answer = answerOf({ now, minutes: seen.slice(0, Math.max(0, now - lagMinutes)), step, weights });
    const began = trace.turnsBad === "at a quarter of the traffic" ? quarter : 0;
    if (answer === "roll-back") return { isRolledBack: true, minutes: Math.max(0, now - began), bad };
    if (answer === "hold" || now - stepBegan < stepMinutes) continue;
    if (step === shares.length - 1) break;
    step += 1;
    stepBegan = now;
    weights.push({ at: now * minute, share: shares[step] ?? 1 });
  }
  return { isRolledBack: false, minutes: Number.POSITIVE_INFINITY, bad };
}

function excess({ counts }: Trace, stable: Behaviour, canary: Behaviour): number {
  if (counts !== "slow") return canary.errors - stable.errors;
  return slowerThan(percentiles.p99, canary.slowness) - slowerThan(percentiles.p99, stable.slowness);
}

interface Happening {
  readonly at: number;
  readonly share: number;
  readonly stable: Behaviour;
  readonly canary: Behaviour;
  readonly edges: readonly number[];
}

function observe(random: Random, trace: Trace, { at, share, stable, canary, edges }: Happening): Minute {
  const all = poisson(random, trace.requestsPerSecond * 60);
  const toCanary = binomial(random, all, share);
  const counted = {
    canary: arm(random, toCanary, canary, edges),
    stable: arm(random, all - toCanary, stable, edges),
    twin: arm(random, binomial(random, all, share), stable, edges),
  };
  const missing = { canary: "no-data", stable: "no-data", twin: "no-data" } as const;
  const times = { start: at * minute, end: (at + 1) * minute };
  return { ...times, ...(trace.hasMetrics(at) ? counted : missing) };
}

function arm(random: Random, requests: number, behaviour: Behaviour, edges: readonly number[]): ArmCounts {
  let slower = requests;
  let chance = 1;
  return {
    requests,
    errors: binomial(random, requests, behaviour.errors),
    slower: edges.map((edge) => {
      const beyond = slowerThan(edge, behaviour.slowness);
      slower = binomial(random, slower, beyond / chance);
      chance = beyond;
      return slower;
    }),
  };
}
