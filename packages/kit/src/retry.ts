import type { Clock } from "./clock.ts";

/** How often and how long to try again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Ceiling of the first wait, in milliseconds; it doubles with each attempt. */
  readonly baseMilliseconds: number;
  /** Ceiling of any wait. */
  readonly capMilliseconds: number;
  /** Waiting stops being worth it after this much time in all. */
  readonly budgetMilliseconds: number;
  /** Attempts in all where the server is up and only has too many callers; as many as of others unless given. */
  readonly attemptsInQueue?: number;
}

/**
 * Six attempts within two minutes are enough for short outages. A server that throttles is asked for the whole two minutes:
 * the jobs of a large matrix all get their turn, and six attempts would be over before a bucket has refilled.
 */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 6,
  baseMilliseconds: 200,
  capMilliseconds: 10_000,
  budgetMilliseconds: 120_000,
  attemptsInQueue: 100,
};

/**
 * Whether an error is worth another attempt; `queue` when the server only has too many callers just now,
 * `afterMilliseconds` when it says how long to stay away (Retry-After).
 */
export type RetryVerdict = "give-up" | "retry" | "queue" | { readonly afterMilliseconds: number };

/** What {@link retry} needs besides the work. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly policy?: RetryPolicy;
  judge(error: unknown): RetryVerdict;
  /** Told before each wait. */
  onRetry?(error: unknown, attempt: number, waitMilliseconds: number): void;
  /** Uniform in [0, 1); tests give their own. */
  random?(): number;
}

/**
 * Runs `work` until it succeeds, the judge gives up, or the policy is used up; then throws the last error.
 * Waits are drawn uniformly from zero to an exponentially growing ceiling ("full jitter",
 * AWS Architecture Blog, Exponential Backoff and Jitter), and never shorter than the server asked for.
 * A server that asks for more time than the budget has left ends the attempts at once.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const policy = options.policy ?? defaultRetryPolicy;
  const random = options.random ?? Math.random;
  const giveUpAt = options.clock.now() + policy.budgetMilliseconds;
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      const verdict = options.judge(error);
      if (verdict === "give-up" || attempt >= attemptsOf(policy, verdict)) throw error;
      const ceiling = Math.min(policy.capMilliseconds, policy.baseMilliseconds * 2 ** (attempt - 1));
      const asked = typeof verdict === "string" ? 0 : verdict.afterMilliseconds;
      const wait = Math.max(asked, random() * ceiling);
      if (options.clock.now() + wait > giveUpAt) throw error;
      options.onRetry?.(error, attempt, wait);
      await options.clock.sleep(wait, options.signal);
    }
  }
}

/** Whoever wants one attempt only wants no second one in a queue either. */
function attemptsOf({ attempts, attemptsInQueue = attempts }: RetryPolicy, verdict: RetryVerdict): number {
  return verdict === "queue" && attempts > 1 ? attemptsInQueue : attempts;
}

/**
 * The wish of an HTTP Retry-After header (RFC 9110 §10.2.3: seconds, or a date) in milliseconds.
 * `undefined` when the header is absent or unreadable.
 */
export function retryAfter(header: string | null | undefined, now: number): number | undefined {
  if (!header) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
