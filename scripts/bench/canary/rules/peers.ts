/** The documented rules of other tools, as far as they decide about one rollout. */
import type { ArmCounts } from "#ship/delivery";
import { type Look, type Minute, type Rule, slow } from "../rule.ts";

function isKnown(arm: ArmCounts | "no-data" | undefined): arm is ArmCounts {
  return arm !== undefined && arm !== "no-data";
}

/** The canary in the last `count` minutes: requests and errors, or nothing when no minute has data. */
function recent({ minutes }: Look, count: number): { requests: number; errors: number } | undefined {
  const known = minutes
    .slice(-count)
    .map(({ canary }) => canary)
    .filter(isKnown);
  if (known.length === 0) return undefined;
  return {
    requests: known.reduce((sum, { requests }) => sum + requests, 0),
    errors: known.reduce((sum, { errors }) => sum + errors, 0),
  };
}

/**
 * Flagger's builtin checks: success at least 99 %, p99 at most 500 ms, every minute. "No values" is a failed check; failures
 * are counted and never forgotten, hold the weight, and roll back at the next tick once there are `threshold`.
 */
export function flagger(name: string, threshold: number): Rule {
  return {
    name,
    begin() {
      let failures = 0;
      return ({ minutes }) => {
        const newest = minutes.at(-1);
        if (!newest) return "hold";
        if (failures >= threshold) return "roll-back";
        const { canary } = newest;
        const passes =
          isKnown(canary) &&
          canary.requests > 0 &&
          canary.errors <= 0.01 * canary.requests &&
          slow(canary) <= 0.01 * canary.requests;
        if (passes) return "advance";
        failures += 1;
        return "hold";
      };
    },
  };
}

/**
 * An Argo Rollouts analysis of the success rate over the last `every` minutes. It fails with the fourth failed measurement
 * (failureLimit 3), and aborts on five errors in a row, ten seconds apart: an empty answer is one.
 */
export function argo(name: string, { success, every }: { success: number; every: number }): Rule {
  return {
    name,
    begin() {
      let failures = 0;
      return (look) => {
        const count = look.minutes.length;
        if (count === 0 || count % every !== 0) return "advance";
        const seen = recent(look, every);
        if (!seen) return "roll-back";
        // Nothing divided by nothing is not at least anything.
        if (seen.requests === 0 || seen.errors > (1 - success) * seen.requests) failures += 1;
        return failures > 3 ? "roll-back" : "advance";
      };
    },
  };
}

/** CloudWatch alarms on canary errors above 1 % or p99 above 500 ms, `of` minutes in a row; missing data never alarms. */
export function cloudWatch(name: string, of: number): Rule {
  const isBreaching = ({ canary }: Minute) =>
    isKnown(canary) &&
    canary.requests > 0 &&
    (canary.errors > 0.01 * canary.requests || slow(canary) > 0.01 * canary.requests);
  return {
    name,
    begin:
      () =>
      ({ minutes }) =>
        minutes.length >= of && minutes.slice(-of).every(isBreaching) ? "roll-back" : "advance",
  };
}

/** The alarm of the CDK's documentation: at least one 5xx in one minute. */
export const cdk: Rule = {
  name: "CDK ≥ 1 5xx",
  begin:
    () =>
    ({ minutes }) => {
      const newest = minutes.at(-1);
      return newest && isKnown(newest.canary) && newest.canary.errors > 0 ? "roll-back" : "advance";
    },
};

/** Cloud Run Release Manager: at most 1 % errors over 30 minutes; holds below 100 requests, but a breach wins even then. */
export const releaseManager: Rule = {
  name: "Release Mgr",
  begin: () => (look) => {
    const seen = recent(look, 30) ?? { requests: 0, errors: 0 };
    if (seen.errors > 0.01 * seen.requests) return "roll-back";
    return seen.requests < 100 ? "hold" : "advance";
  },
};
