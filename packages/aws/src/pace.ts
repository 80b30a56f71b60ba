import type { Clock } from "#ship/kit";

/**
 * How often a run looks while its account is at the limits of an API: runs that each look every few seconds share one
 * quota, so whoever is throttled looks less often for a while, and leaves room for the others.
 */
export interface Pace {
  /** Notes that a call was throttled. */
  slowDown(): void;
  /** The time between two looks by now, for one that is usually `every` milliseconds. */
  of(every: number): number;
}

/** A look is put off to this many times its usual interval at most. */
const slowest = 4;
/** The retries of one call say only once that it was throttled, and without news the pace quickens again. Milliseconds. */
const newsEvery = 5_000;
const calmAfter = 60_000;

/** Creates a {@link Pace} that is not slowed down yet. */
export function createPace(clock: Clock): Pace {
  let factor = 1;
  let since = Number.NEGATIVE_INFINITY;
  const now = () => Math.max(1, factor / 2 ** Math.floor((clock.now() - since) / calmAfter));
  return {
    slowDown() {
      if (clock.now() - since < newsEvery) return;
      factor = Math.min(slowest, now() * 2);
      since = clock.now();
    },
    of: (every) => every * now(),
  };
}
