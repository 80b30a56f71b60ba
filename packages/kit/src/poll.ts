import type { Clock } from "./clock.ts";

/** How {@link poll} waits. */
export interface PollOptions {
  readonly clock: Clock;
  /** Between two questions; as a function it is asked before each wait. */
  readonly everyMilliseconds: number | (() => number);
  /** Milliseconds from now until giving up. */
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal;
  /** Makes the error to throw when time is up. */
  onTimeout(): unknown;
}

/**
 * Asks `probe` at a fixed, short interval until it answers something other than `undefined`.
 * The first question is asked at once and the last one at the deadline itself, so nothing that finished in time is missed.
 * @throws what `probe` throws, what `onTimeout` makes, or the signal's reason
 */
export async function poll<T>(probe: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const { everyMilliseconds } = options;
  const every = typeof everyMilliseconds === "function" ? everyMilliseconds : () => everyMilliseconds;
  const deadline = options.clock.now() + options.timeoutMilliseconds;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    const left = deadline - options.clock.now();
    if (left <= 0) throw options.onTimeout();
    await options.clock.sleep(Math.min(every(), left), options.signal);
  }
}
