import { type Clock, messageOf, type RetryPolicy, retry, retryAfter } from "#ship/kit";

/** How the REST API is reached. */
export interface RestOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Base address without a trailing slash; GITHUB_API_URL. */
  readonly apiUrl: string;
  /** Public repositories can be read without. */
  readonly token: string | undefined;
}

/** An answer of the API, or why there is none worth using. */
export type RestAnswer =
  | { readonly kind: "document"; readonly document: unknown; readonly next: string | undefined }
  | { readonly kind: "refused"; readonly status: number; readonly reason: string };

/** Reads from the REST API. After a request that nothing answered, the rest of the run does not wait for it again. */
export interface RestClient {
  /** @param path below the base address, or the address of a next page */
  read(path: string, signal: AbortSignal): Promise<RestAnswer>;
}

const policy: RetryPolicy = {
  attempts: 4,
  baseMilliseconds: 300,
  capMilliseconds: 5_000,
  budgetMilliseconds: 30_000,
};
const answerMilliseconds = 10_000;

/** Creates a client that repeats what may pass (429, 5xx, used-up limits, broken connections) and nothing else. */
export function createRestClient(options: RestOptions): RestClient {
  let silence: string | undefined;
  return {
    async read(path, signal) {
      const address = new URL(path, `${options.apiUrl}/`).href;
      if (silence !== undefined) return { kind: "refused", status: 0, reason: silence };
      try {
        return await retry(() => once(address, options, signal), {
          clock: options.clock,
          signal,
          policy,
          judge: (error) =>
            error instanceof Passing && error.waitMilliseconds !== undefined
              ? { afterMilliseconds: error.waitMilliseconds }
              : "retry",
        });
      } catch (error) {
        signal.throwIfAborted();
        const reason = `${options.apiUrl} does not answer: ${messageOf(error)}`;
        if (error instanceof Passing) return { kind: "refused", status: error.status, reason };
        silence = reason;
        return { kind: "refused", status: 0, reason };
      }
    },
  };
}

async function once(
  address: string,
  { fetch, clock, token, apiUrl }: RestOptions,
  signal: AbortSignal,
): Promise<RestAnswer> {
  // A page that another host names must not be shown the token.
  const isOurs = new URL(address).origin === new URL(apiUrl).origin;
  const response = await fetch(address, {
    headers: {
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      ...(token && isOurs && { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
  });
  if (isPassing(response))
    throw new Passing(response.status, retryAfter(response.headers.get("retry-after"), clock.now()));
  if (!response.ok) {
    const reason = `${apiUrl} answered HTTP ${response.status}`;
    return { kind: "refused", status: response.status, reason };
  }
  return { kind: "document", document: await response.json(), next: nextPage(response.headers.get("link")) };
}

/** GitHub answers 403 too when a limit is used up (REST docs, "Rate limits"). */
function isPassing({ status, headers }: Response): boolean {
  if (status === 429 || status >= 500) return true;
  return status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0");
}

/** The address of the next page (REST docs, "Using pagination"; RFC 8288). */
function nextPage(link: string | null): string | undefined {
  return link?.split(",").flatMap((part) => /<([^>]*)>\s*;.*\brel="?next"?/.exec(part)?.[1] ?? [])[0];
}

class Passing extends Error {
  readonly status: number;
  readonly waitMilliseconds: number | undefined;
  constructor(status: number, waitMilliseconds: number | undefined) {
    super(`HTTP ${status}`);
    this.status = status;
    this.waitMilliseconds = waitMilliseconds;
  }
}
