/** How late each manner of waiting notices that a deployment has become stable, on a simulated clock. */
import { manualClock, poll } from "#ship/kit";
import { type Random, seeded } from "../canary/random.ts";

/** When a waiter noticed that a deployment was stable; `undefined` when it gave up although it was. Seconds. */
type Waiter = (stableAt: number, random: Random) => Promise<number | undefined> | number | undefined;

/** A manner of waiting under a name for the table. */
export interface NamedWaiter {
  readonly name: string;
  readonly waiter: Waiter;
}

/** All of them have this long, in seconds. */
const budget = 1_800;

/** ship's own loop with its interval, and what peers wait with. */
export const waiters: readonly NamedWaiter[] = [
  { name: "ship, every 5 s", waiter: (stableAt) => ours(5, stableAt) },
  { name: "fixed 15 s", waiter: (stableAt) => ours(15, stableAt) },
  { name: "SDK waiter, 15 to 120 s", waiter: (stableAt, random) => sdk(120, stableAt, random) },
  { name: "SDK waiter, 15 to 600 s", waiter: (stableAt, random) => sdk(600, stableAt, random) },
];

async function ours(everySeconds: number, stableAt: number): Promise<number | undefined> {
  const clock = manualClock(0);
  const noticed = poll(async () => (clock.now() >= stableAt * 1_000 ? clock.now() / 1_000 : undefined), {
    clock,
    everyMilliseconds: everySeconds * 1_000,
    timeoutMilliseconds: budget * 1_000,
    onTimeout: () => new Error("The time was up."),
  });
  return clock.runUntil(noticed);
}

/** The waiter of the AWS SDK for JavaScript (@smithy/core 3.41: exponential back-off with full jitter from 15 s on). */
function sdk(maxDelay: number, stableAt: number, random: Random): number | undefined {
  const minDelay = 15;
  const ceiling = Math.log2(maxDelay / minDelay) + 1;
  let now = 0;
  for (let attempt = 1; ; attempt += 1) {
    if (now >= stableAt) return now;
    const capped = Math.min(minDelay * 2 ** (attempt - 1), maxDelay);
    const drawn = attempt > ceiling ? maxDelay : minDelay + random() * (capped - minDelay);
    const delay = attempt <= ceiling && now + drawn > budget ? Math.max(0, budget - now - 0.5) : drawn;
    if (now + delay > budget) return undefined;
    now += delay;
  }
}

/** What waiting cost in one range of deployments: seconds from stable to noticed, and the share that was given up on. */
export interface Lag {
  readonly mean: number;
  readonly ninety: number;
  readonly worst: number;
  readonly missed: number;
}

/**
 * Waits for deployments that become stable at any moment between two, each equally likely.
 * @param runs deployments, the same ones for every waiter
 * @param between seconds
 */
export async function lagOf(waiter: Waiter, runs: number, between: readonly [number, number]): Promise<Lag> {
  const random = seeded(7);
  const [earliest, latest] = between;
  const lags: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const stableAt = earliest + random() * (latest - earliest);
    const noticed = await waiter(stableAt, random);
    if (noticed !== undefined) lags.push(noticed - stableAt);
  }
  lags.sort((a, b) => a - b);
  return {
    mean: lags.reduce((sum, lag) => sum + lag, 0) / lags.length,
    ninety: lags[Math.floor(lags.length * 0.9)] ?? Number.NaN,
    worst: lags.at(-1) ?? Number.NaN,
    missed: 1 - lags.length / runs,
  };
}
