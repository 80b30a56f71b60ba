import type { Clock } from "#ship/kit";

/** A token bucket that several actions share. */
export interface RequestRate {
  readonly service: string;
  readonly actions: RegExp;
  /** Calls that a full bucket allows at once. */
  readonly burst: number;
  /** Tokens that come back per second. */
  readonly perSecond: number;
}

/**
 * The quotas of Amazon ECS per account and region (API reference, Request throttling). Actions that the page groups with
 * none of these are held to the quota of cluster reads.
 */
export const ecsRequestRates: readonly RequestRate[] = [
  {
    service: "ecs",
    actions: /^(Register|Deregister|Delete)TaskDefinitions?$/,
    burst: 20,
    perSecond: 1,
  },
  {
    service: "ecs",
    actions:
      /^((Create|Update|Delete)(Service|TaskSet|ServicePrimaryTaskSet)|(Stop|Continue)ServiceDeployment)$/,
    burst: 50,
    perSecond: 5,
  },
  {
    service: "ecs",
    actions: /^(Describe|List)(Services?|ServiceDeployments|ServiceRevisions|TaskSets)$/,
    burst: 100,
    perSecond: 20,
  },
  { service: "ecs", actions: /^(Describe|List)(Tasks|ContainerInstances)$/, burst: 100, perSecond: 20 },
  { service: "ecs", actions: /./, burst: 50, perSecond: 20 },
];

/** Counts calls against quotas. */
export interface RequestRates {
  /** Takes a token for the call; false when there is none left, and the call is to be throttled. */
  take(service: string, action: string): boolean;
}

/** Creates full buckets. Of the rates that a call matches the first counts; a call that matches none is free. */
export function createRequestRates(rates: readonly RequestRate[], clock: Clock): RequestRates {
  const buckets = rates.map((rate) => ({ rate, tokens: rate.burst, at: clock.now() }));
  return {
    take(service, action) {
      const bucket = buckets.find(({ rate }) => rate.service === service && rate.actions.test(action));
      if (!bucket) return true;
      const { rate } = bucket;
      const now = clock.now();
      bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) / 1_000) * rate.perSecond);
      bucket.at = now;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
