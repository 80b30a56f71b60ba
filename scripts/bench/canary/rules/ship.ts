import {
  type CanaryPlan,
  decide,
  prepareRollout,
  type RolloutSettings,
  type TrafficTarget,
} from "#ship/delivery";
import { percentiles } from "../latency.ts";
import { lagMinutes, minute, type Rule, shares, stepMinutes } from "../rule.ts";

/** The defaults of canary-shift, but for the warm-up, which the published tables leave out. */
const defaults: RolloutSettings = {
  steps: [...shares, 1].map((share) => ({ share })),
  interval: stepMinutes * minute,
  bake: stepMinutes * minute,
  maxStep: undefined,
  approvalTimeout: 60 * minute,
  warmup: 0,
  compare: true,
  tolerance: 1.25,
  alpha: 0.01,
  dispersion: 1,
  maxErrorRate: undefined,
  maxP95: undefined,
  maxP99: undefined,
  minRequests: 50,
  detect: 5,
  maxBlind: 15 * minute,
  mode: "enforce",
  onInconclusive: "rollback",
  onCancel: "rollback",
};

/** What a service with less traffic than `below` requests a second sets: steps that are left on less evidence, or wait longer. */
export const quiet = { below: 10, settings: { minRequests: 10, detect: 100, maxStep: 60 * minute } };

const fleet = { healthy: 4, registered: 4, reasons: [] };

const atRest: TrafficTarget = {
  inspect: async () => ({
    split: { canary: 0 },
    stable: { name: "blue" },
    canary: { name: "green" },
    warnings: [],
  }),
  health: async () => fleet,
  route: async () => {},
  restore: async () => {},
  restoreByHand: () => "",
  retire: async () => {},
};

async function plan(settings: RolloutSettings, requestsPerSecond: number): Promise<CanaryPlan> {
  const requests = requestsPerSecond * 3_600;
  const prepared = await prepareRollout(settings, {
    target: atRest,
    metrics: {
      period: minute,
      lag: lagMinutes * minute,
      bins: async () => [],
      baseline: async () => ({
        requests,
        errors: Math.round(requests * 0.005),
        over: 60 * minute,
        latency: percentiles,
      }),
    },
    now: 0,
    signal: new AbortController().signal,
  });
  return prepared.plan;
}

/** canary-shift's own decisions, through the function that production runs, and the latency edges it asks for. */
export async function shipRule(
  name: string,
  changes: Partial<RolloutSettings> = {},
): Promise<Rule & { readonly edges: readonly number[] }> {
  const usual = await plan({ ...defaults, ...changes }, 100);
  const little = await plan({ ...defaults, ...quiet.settings, ...changes }, 100);
  return {
    name,
    edges: usual.edges,
    begin(requestsPerSecond) {
      const followed = requestsPerSecond < quiet.below ? little : usual;
      return ({ now, minutes, step, weights }) => {
        const planned = followed.steps[step];
        if (!planned) throw new RangeError(`There is no step ${step + 1}.`);
        const { decision } = decide(followed, {
          now: now * minute,
          bins: minutes,
          weights,
          step: planned,
          next: followed.steps[step + 1],
          health: { canary: fleet, stable: fleet },
        });
        if (decision.kind === "roll-back" || decision.kind === "inconclusive") return "roll-back";
        return decision.kind === "hold" ? "hold" : "advance";
      };
    },
  };
}
