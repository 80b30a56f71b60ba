import { type Clock, type Log, messageOf, type RetryPolicy, retry, ShipError } from "#ship/kit";
import { isConfidential, registryAddress } from "./address.ts";
import { judge, readRefusal } from "./answer.ts";
import type { Authorizer } from "./authorizer.ts";
import { discard } from "./bounded-body.ts";
import type { Scope } from "./scope.ts";

/** What is sent: bytes at hand, or a stream of them. */
export type RequestBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** One request to a registry. */
export interface RegistryRequest {
  /** Host and port as image names write it. */
  readonly registry: string;
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Path and query below the registry's address, or a whole address that the registry gave. */
  readonly address: string | URL;
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body; asked again when the request has to be sent again. */
  body?(): RequestBody | Promise<RequestBody>;
  /** Statuses that are answers though they are no successes. */
  readonly accepted?: readonly number[];
  /** Milliseconds until the answer must be complete; longer for streams, which have their own watch. */
  readonly patience?: number;
}

/** Sends requests to registries. */
export interface Transport {
  readonly clock: Clock;
  /**
   * Sends a request once, and a second time where the first was answered by 401 and a better proof can be given.
   * @throws RegistryAnswer for an answer that is neither a success nor accepted; what `fetch` throws when there is none
   */
  send(request: RegistryRequest, signal: AbortSignal): Promise<Response>;
  /** Repeats work on throttling, 5xx and broken connections; `long` for the transfer of blobs. */
  persist<T>(
    name: string,
    work: () => Promise<T>,
    signal: AbortSignal,
    length?: "short" | "long",
  ): Promise<T>;
}

/** What a {@link Transport} works with. */
export interface TransportOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** Attempts in all. */
  readonly attempts: number;
  readonly log: Pick<Log, "debug"> | undefined;
}

/** A server that takes the connection and says nothing must not hold a build. */
const defaultPatience = 30_000;
const mostRedirects = 5;
const pace = { baseMilliseconds: 500, capMilliseconds: 15_000 } as const;
const budgets = { short: 180_000, long: 1_800_000 } as const;

/** Creates a {@link Transport}. */
export function createTransport(options: TransportOptions): Transport {
  const { clock, authorizer } = options;
  return {
    clock,
    async send(request, signal) {
      const { registry, scopes, accepted = [] } = request;
      const offered = await authorizer.header(registry, scopes, signal);
      let response = await exchange(options.fetch, request, offered, signal);
      // A refusal of storage that the registry redirects to says nothing about its own tokens.
      if (response.status === 401 && isFrom(registry, response)) {
        const challenge = response.headers.get("www-authenticate");
        const renewed = await authorizer.renew(registry, scopes, challenge, offered, signal);
        if (renewed !== undefined) {
          await discard(response);
          response = await exchange(options.fetch, request, renewed, signal);
        }
      }
      if (response.ok || accepted.includes(response.status)) return response;
      throw await readRefusal(response, clock.now());
    },
    async persist(name, work, signal, length = "short") {
      const policy: RetryPolicy = {
        ...pace,
        attempts: options.attempts,
        budgetMilliseconds: budgets[length],
      };
      try {
        return await retry(work, {
          clock,
          signal,
          policy,
          judge: (error) => (signal.aborted ? "give-up" : judge(error)),
          onRetry: (error, attempt, wait) =>
            options.log?.debug(
              `${name}: ${messageOf(error)}; attempt ${attempt + 1} in ${Math.round(wait)} ms`,
            ),
        });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error;
      }
    },
  };
}

function isFrom(registry: string, { url }: Response): boolean {
  return url === "" || new URL(url).origin === new URL(registryAddress(registry)).origin;
}

/** Sends a request and follows its redirects. What proves the caller's identity stays with the registry's own origin. */
async function exchange(
  fetch: typeof globalThis.fetch,
  request: RegistryRequest,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const home = new URL(registryAddress(request.registry));
  const within = AbortSignal.any([signal, AbortSignal.timeout(request.patience ?? defaultPatience)]);
  let address = new URL(request.address, home);
  for (let redirects = 0; ; redirects += 1) {
    if (!isConfidential(address)) {
      throw new ShipError(
        "REQUEST_REJECTED",
        `${request.registry} sends this request on to ${address.origin}, which is not encrypted.`,
        { hint: "Let the registry give https addresses." },
      );
    }
    const body = await request.body?.();
    const response = await fetch(address, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(authorization !== undefined && address.origin === home.origin ? { authorization } : {}),
      },
      redirect: "manual",
      signal: within,
      ...(body === undefined ? {} : { body, duplex: "half" }),
    });
    const next = response.headers.get("location");
    const reads = request.method === "GET" || request.method === "HEAD";
    if (!reads || next === null || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    await discard(response);
    if (redirects === mostRedirects) {
      throw new ShipError(
        "REQUEST_REJECTED",
        `${address.origin} redirects more than ${mostRedirects} times.`,
      );
    }
    address = new URL(next, address);
  }
}
