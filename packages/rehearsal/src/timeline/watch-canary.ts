import type { Clock } from "#ship/kit";
import type { Traffic } from "../traffic/index.ts";
import type { Look } from "./timeline.ts";

/** Between two looks at the load balancer, and between two lines while nothing changes, in milliseconds. */
const lookEvery = 200;
const lineEvery = 2_000;

/** What is watched, and who is told. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly traffic: Pick<Traffic, "snapshot">;
  /** Share (0 to 1) of the new release, as the load balancer has it. */
  readonly share: () => number;
  readonly onLook: (look: Look) => void;
  /** Called once with the first share that is seen at or above `at`. */
  readonly reached?: { readonly at: number; readonly act: () => void };
}

/**
 * Watches production's traffic until the answer is called: a look whenever the split has changed, and one every two
 * seconds while both releases serve.
 */
export function watchCanary({ clock, traffic, share, onLook, reached }: WatchOptions): () => Promise<void> {
  const stop = new AbortController();
  let known = share();
  let told = clock.now();
  let fired = false;

  const look = () => {
    const now = clock.now();
    const current = share();
    if (reached && !fired && current >= reached.at) {
      fired = true;
      reached.act();
    }
    const divided = current > 0 && current < 1;
    if (current === known && !(divided && now - told >= lineEvery)) return;
    onLook({ at: now, share: current, users: traffic.snapshot(told) });
    known = current;
    told = now;
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      look();
      await clock.sleep(lookEvery, stop.signal).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stop.abort();
    await running;
    look();
  };
}
