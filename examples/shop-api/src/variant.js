import { setTimeout as delay } from "node:timers/promises";

const MINUTE = 60_000;

/**
 * The ways this release can be made to misbehave, for rehearsing a rollout. Business requests only, never /health.
 * Failures are spread evenly rather than drawn at random, so that a rate of 5 % is 5 of every 100 requests.
 */
export function createVariant({ errorRate, leakPerMinute, addedLatency }, now = Date.now) {
  const startedAt = now();
  let owed = 0;
  return {
    /** Whether the request being answered now shall fail. */
    failsNext() {
      const leaked = (leakPerMinute / 100) * ((now() - startedAt) / MINUTE);
      owed += Math.min(1, errorRate + leaked);
      // The sum of many small shares misses a whole number by a rounding error.
      if (owed < 1 - 1e-9) return false;
      owed -= 1;
      return true;
    },
    /** Resolves after the added latency. */
    async hesitate() {
      if (addedLatency > 0) await delay(addedLatency);
    },
  };
}
