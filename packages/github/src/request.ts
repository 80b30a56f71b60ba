import { type Clock, messageOf, type RetryPolicy, retry, retryAfter } from "#ship/kit";

/** What requests to the REST API are made with. */
export interface Requester {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly token: string | undefined;
}

/** An answer that may be another one soon: HTTP 429, 5xx, or a limit that is used up. */
export class PassingAnswer extends Error {
  readonly status: number;
  readonly waitMilliseconds: number | undefined;
  constructor(status: number, waitMilliseconds: number | undefined) {
    super(`HTTP ${status}`);
    this.status = status;
    this.waitMilliseconds = waitMilliseconds;
  }
}

const policy: RetryPolicy = {
  attempts: 4,
  baseMilliseconds: 300,
  capMilliseconds: 3_000,
  budgetMilliseconds: 20_000,
};
/** What is read here is good to know, but nothing that a build should wait long for. */
const answerMilliseconds = 7_000;
/** A server that stays silent this often is given up, however much time is left. */
const mostSilences = 2;

/**
 * Reads from the REST API and repeats what may pass, as long as the server wishes.
 * @throws PassingAnswer after the last attempt; what `fetch` throws when nothing answers; the signal's reason after an abort
 */
export async function request(address: string, requester: Requester, signal: AbortSignal): Promise<Response> {
  let silences = 0;
  return await retry(() => once(address, requester, signal), {
    clock: requester.clock,
    signal,
    policy,
    judge(error) {
      if (isTimeout(error)) silences += 1;
      if (signal.aborted || silences >= mostSilences) return "give-up";
      const wait = error instanceof PassingAnswer ? error.waitMilliseconds : undefined;
      return wait === undefined ? "retry" : { afterMilliseconds: wait };
    },
  });
}

/** The reason of a failed request in the words of the system that failed. */
export function reasonOf(error: unknown): string {
  return error instanceof PassingAnswer && error.status === 403
    ? "the rate limit of the token is used up (HTTP 403)"
    : messageOf(error);
}

async function once(
  address: string,
  { fetch, clock, token }: Requester,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(address, {
    headers: {
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      ...(token && { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
  });
  if (!isPassing(response)) return response;
  throw new PassingAnswer(response.status, retryAfter(response.headers.get("retry-after"), clock.now()));
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** GitHub answers 403 too when a limit is used up (REST docs, "Rate limits"): that says nothing about permissions. */
function isPassing({ status, headers }: Response): boolean {
  if (status === 429 || status >= 500) return true;
  return status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0");
}
