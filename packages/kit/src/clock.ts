/**
 * Time as a port. Everything that waits or measures asks a Clock, so that tests and simulators
 * can move time by hand.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Resolves after `milliseconds`; resolves at once for zero or less.
   * Rejects with the signal's reason when `signal` aborts first.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const finish = () => {
        signal?.removeEventListener("abort", abandon);
        resolve();
      };
      const timer = setTimeout(finish, Math.max(0, milliseconds));
      const abandon = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abandon, { once: true });
    });
  },
};

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** A clock that stands still until told to move. */
export interface ManualClock extends Clock {
  /** Moves time forward, waking sleepers in order and letting the work they resume settle in between. */
  advance(milliseconds: number): Promise<void>;
  /** Keeps moving to the next sleeper until `work` settles; answers what `work` answers. Rejects when nothing sleeps and `work` hangs. */
  runUntil<T>(work: Promise<T>): Promise<T>;
}

/** Creates a {@link ManualClock} that starts at `start` (milliseconds since the epoch). */
export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const nextSleeper = () => [...sleepers].sort((a, b) => a.wakeAt - b.wakeAt)[0];
  const wakeNext = async (sleeper: Sleeper) => {
    now = Math.max(now, sleeper.wakeAt);
    sleepers.delete(sleeper);
    sleeper.wake();
    await settle();
  };

  return {
    now: () => now,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (milliseconds <= 0) return resolve();
        const abandon = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          wakeAt: now + milliseconds,
          wake() {
            signal?.removeEventListener("abort", abandon);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abandon, { once: true });
      });
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let sleeper = nextSleeper(); sleeper && sleeper.wakeAt <= end; sleeper = nextSleeper()) {
        await wakeNext(sleeper);
      }
      now = Math.max(now, end);
    },
    async runUntil(work) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      work.then(done, done);
      let idleTurns = 0;
      while (!settled) {
        await settle();
        if (settled) break;
        const sleeper = nextSleeper();
        if (sleeper) {
          idleTurns = 0;
          await wakeNext(sleeper);
        } else {
          idleTurns += 1;
          if (idleTurns > 2_000)
            throw new Error("The work neither finished nor slept: nothing moves the clock.");
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      return work;
    },
  };
}
