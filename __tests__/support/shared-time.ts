import type { Clock, ManualClock } from "#ship/kit";

/** One of several runs side by side. */
export interface Participant {
  readonly clock: Clock;
  /** The run has ended: nobody waits for it to wait any more. */
  leave(): void;
}

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** Time for runs side by side: it stands still while any of them works, and moves to the next waking once all wait. */
export function sharedTime(time: ManualClock): { join(): Participant } {
  const runs = new Set<Set<Sleeper>>();
  let isMoving = false;

  const move = async () => {
    if (isMoving) return;
    isMoving = true;
    while (runs.size > 0 && [...runs].every((sleepers) => sleepers.size > 0)) {
      const next = Math.min(...[...runs].flatMap((sleepers) => [...sleepers].map((one) => one.wakeAt)));
      await time.advance(Math.max(0, next - time.now()));
      for (const sleepers of runs)
        for (const sleeper of sleepers)
          if (sleeper.wakeAt <= time.now()) {
            sleepers.delete(sleeper);
            sleeper.wake();
          }
    }
    isMoving = false;
  };

  return {
    join() {
      const own = new Set<Sleeper>();
      runs.add(own);
      return {
        clock: {
          now: time.now,
          sleep(milliseconds, signal) {
            return new Promise((resolve, reject) => {
              if (signal?.aborted) return reject(signal.reason);
              const abandon = () => {
                own.delete(sleeper);
                reject(signal?.reason);
              };
              const sleeper: Sleeper = {
                wakeAt: time.now() + milliseconds,
                wake() {
                  signal?.removeEventListener("abort", abandon);
                  resolve();
                },
              };
              signal?.addEventListener("abort", abandon, { once: true });
              own.add(sleeper);
              void move();
            });
          },
        },
        leave() {
          runs.delete(own);
          void move();
        },
      };
    },
  };
}
