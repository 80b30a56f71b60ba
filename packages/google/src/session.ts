import type * as z from "zod/mini";
import {
  type Clock,
  defaultRetryPolicy,
  isShipError,
  type Log,
  messageOf,
  type RetryPolicy,
  type Run,
  retry,
} from "#ship/kit";
import { type HeldToken, holdToken } from "./auth/token.ts";
import { type GoogleIdentity, tokenSource } from "./auth/token-source.ts";
import { endpointOf, type GoogleApi } from "./endpoints.ts";
import { classify, GoogleError, judge, translate } from "./errors.ts";
import { exchange } from "./http.ts";

/** As whom to call Google Cloud. */
export type GoogleSessionOptions = GoogleIdentity;

/** One call of an API. */
export interface GoogleCall<T> {
  /** The IAM permission, for messages. */
  readonly permission: string;
  readonly api: GoogleApi;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the API's address, with the version: `v2/projects/…`. */
  readonly path: string;
  readonly query?: URLSearchParams;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the answer must look like. */
  readonly schema: z.ZodMiniType<T>;
  /** After an answer was lost: the result when the write has been applied, `undefined` when it has not. */
  readBack?(): Promise<T | undefined>;
  /** The result where the resource does not exist; without it that is a ShipError `NOT_FOUND`. */
  onMissing?(): T;
}

/** Exceptions from how a session calls. */
export interface GoogleCallOptions {
  /** Replaces the run's signal, for the calls that make production safe after a cancellation. */
  readonly signal?: AbortSignal;
  readonly policy?: RetryPolicy;
  /** Milliseconds until one answer must be complete. */
  readonly timeout?: number;
  /** What a conflict (409, 412) means: `throw` by default, or another attempt for a write whose last word shall win. */
  readonly onConflict?: "throw" | "retry";
}

/**
 * Credentials and the manner of calling: what every Google adapter is given.
 *
 * The calls are plain HTTP. Of the generated client (`googleapis`, by API subpath) the few calls made here would use nothing
 * but the address: it types every member as optional instead of checking it, repeats no write, ignores Retry-After for them,
 * and leaves field violations out of its messages; for that it adds 0.7 MB to a minified bundle and 60 ms to its start.
 */
export interface GoogleSession {
  readonly clock: Clock;
  readonly log: Log;
  /** The base address of an API without a trailing slash, for others to call. */
  address(api: GoogleApi): string;
  /**
   * Makes a call that may be repeated: a read, a write that is the same when sent twice, or one that can be read back.
   * @throws GoogleError for a conflict (409, 412), which is the caller's to settle; ShipError in Google's own words for
   *   everything else; an abort's reason as it is
   */
  call<T>(call: GoogleCall<T>, options?: GoogleCallOptions): Promise<T>;
}

const patience = 30_000;

/**
 * Opens a session. No call is made before the first use.
 * @throws ShipError `OIDC_UNAVAILABLE` when a provider is given and the job has no token endpoint
 */
export function createGoogleSession(options: GoogleSessionOptions, run: Run): GoogleSession {
  const { clock, log, environment } = run;
  const tokens = holdToken(tokenSource(options, run), () => clock.now());

  const send = async <T>(call: GoogleCall<T>, signal: AbortSignal, timeout: number): Promise<T> => {
    const { api, method, path, query, body, schema } = call;
    const search = query === undefined ? "" : `?${query}`;
    const address = `${endpointOf(api, environment)}/${path}${search}`;
    return withToken(tokens, (token) =>
      exchange(run.fetch, {
        method,
        address,
        body,
        schema,
        timeout,
        signal,
        headers: { authorization: `Bearer ${token}` },
      }),
    );
  };

  return {
    clock,
    log,
    address: (api) => endpointOf(api, environment),
    async call(call, callOptions = {}) {
      const {
        signal = run.signal,
        policy = defaultRetryPolicy,
        timeout = patience,
        onConflict,
      } = callOptions;
      const worth = (error: unknown) =>
        onConflict === "retry" && isConflict(error) ? "retry" : judge(error);
      try {
        return await retry(() => attempt(call, () => send(call, signal, timeout)), {
          clock,
          signal,
          policy,
          judge: (error) => (isShipError(error) || signal.aborted ? "give-up" : worth(error)),
          onRetry: (error, count, wait) =>
            log.debug(
              `${call.permission}: ${messageOf(error)}; attempt ${count + 1} in ${Math.round(wait)} ms`,
            ),
        });
      } catch (error) {
        if (isShipError(error)) throw error;
        if (signal.aborted) throw signal.reason;
        if (isConflict(error)) throw error;
        if (call.onMissing && classify(error) === "missing") return call.onMissing();
        throw translate(error, call.permission);
      }
    },
  };
}

/** True for an answer that says that the resource is not as the caller believed. */
export function isConflict(error: unknown): error is GoogleError {
  return error instanceof GoogleError && classify(error) === "conflict";
}

async function attempt<T>(call: GoogleCall<T>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (call.readBack === undefined || isShipError(error) || classify(error) !== "ambiguous") throw error;
    const applied = await call.readBack();
    if (applied === undefined) throw error;
    return applied;
  }
}

/** A token may be revoked before its time; a new one is tried once. */
async function withToken<T>(tokens: HeldToken, work: (token: string) => Promise<T>): Promise<T> {
  const token = await tokens.get();
  try {
    return await work(token);
  } catch (error) {
    if (!(error instanceof GoogleError) || classify(error) !== "credentials") throw error;
    tokens.drop(token);
    return work(await tokens.get());
  }
}
