import { setTimeout as delay } from "node:timers/promises";

const MINUTE = 60_000;
/** Spread of the work's time, as the standard deviation of its logarithm: p95 is 1.9 and p99 2.5 times the median. */
const WORK_SPREAD = 0.4;

/**
 * The ways this release can be made to work longer or to misbehave, for rehearsing a rollout. Business requests only,
 * never /health. Failures are spread evenly rather than drawn at random, so that a rate of 5 % is 5 of every 100 requests.
 */
export function createVariant(
  { errorRate, leakPerMinute, addedLatency, work },
  now = Date.now,
  random = Math.random,
) {
  const startedAt = now();
  let owed = 0;
  /** Milliseconds that the next answer takes longer: the added latency and the systems downstream. */
  const hesitation = () => addedLatency + work * Math.exp(WORK_SPREAD * standardNormal(random));
  return {
    hesitation,
    /** Whether the request being answered now shall fail. */
    failsNext() {
      const leaked = (leakPerMinute / 100) * ((now() - startedAt) / MINUTE);
      owed += Math.min(1, errorRate + leaked);
      // The sum of many small shares misses a whole number by a rounding error.
      if (owed < 1 - 1e-9) return false;
      owed -= 1;
      return true;
    },
    /** Resolves when the systems downstream have answered, and after the added latency. */
    async hesitate() {
      const milliseconds = hesitation();
      if (milliseconds > 0) await delay(milliseconds);
    },
  };
}

/** One draw of the standard normal distribution (Box and Muller, 1958). */
function standardNormal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
