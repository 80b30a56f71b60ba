import { type Clock, messageOf, type RetryVerdict, retry, retryAfter, ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import type { Login } from "./credentials.ts";

/** Reads a registry over the OCI distribution API. */
export interface RegistryClient {
  /** Digest behind a tag; `undefined` when the registry has no such tag. @throws ShipError `PUSH_FAILED` when it cannot be asked */
  digest(repository: Repository, tag: string, signal: AbortSignal): Promise<string | undefined>;
}

/** What the client works with. */
export interface RegistryOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  login(registry: string): Promise<Login | undefined>;
}

/** A registry answers 404 for a manifest whose media type is not asked for. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

class RegistryAnswer extends Error {
  readonly status: number;
  readonly wait: number | undefined;
  constructor(message: string, status: number, wait: number | undefined) {
    super(message);
    this.status = status;
    this.wait = wait;
  }
}

/** Creates a {@link RegistryClient}. 429, 5xx and broken connections are tried again; refusals are not. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  return {
    async digest(repository, tag, signal) {
      const address = `${baseUrl(repository.registry)}/v2/${repository.path}/manifests/${tag}`;
      const response = await retry(() => head(address, repository, options, signal), {
        clock: options.clock,
        signal,
        judge,
      }).catch((error) => {
        if (signal.aborted) throw signal.reason;
        throw new ShipError(
          "PUSH_FAILED",
          `${repository.registry} could not be asked for ${repository.name}:${tag}: ${messageOf(error)}.`,
          {
            cause: error,
          },
        );
      });
      return response.status === 404
        ? undefined
        : (response.headers.get("docker-content-digest") ?? undefined);
    },
  };
}

async function head(
  address: string,
  repository: Repository,
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<Response> {
  const ask = (authorization?: string) =>
    options.fetch(address, {
      method: "HEAD",
      headers: { accept: manifestTypes, ...(authorization && { authorization }) },
      signal: within(signal),
    });
  const first = await ask();
  const challenge = first.headers.get("www-authenticate");
  const response =
    first.status === 401 && challenge
      ? await ask(await answer(challenge, repository, options, signal))
      : first;
  if (response.ok || response.status === 404) return response;
  const wait = retryAfter(response.headers.get("retry-after"), options.clock.now());
  throw new RegistryAnswer(`HTTP ${response.status} ${response.statusText}`.trim(), response.status, wait);
}

const requestMilliseconds = 30_000;

/** A server that takes the connection and says nothing must not hold a build. */
function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(requestMilliseconds)]);
}

/** Answers a Basic or Bearer challenge (distribution spec, "Token Authentication"). */
async function answer(
  challenge: string,
  repository: Repository,
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const login = await options.login(repository.registry);
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  if (!/^bearer/i.test(challenge)) return basic;
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const address = URL.parse(parameters["realm"] ?? "");
  if (!address) return basic;
  if (parameters["service"]) address.searchParams.set("service", parameters["service"]);
  address.searchParams.set("scope", parameters["scope"] ?? `repository:${repository.path}:pull`);
  const response = await options.fetch(address, {
    headers: basic ? { authorization: basic } : {},
    signal: within(signal),
  });
  if (!response.ok) {
    const wait = retryAfter(response.headers.get("retry-after"), options.clock.now());
    throw new RegistryAnswer(`HTTP ${response.status} from the token service`, response.status, wait);
  }
  const body: unknown = await response.json();
  return `Bearer ${tokenOf(body)}`;
}

function tokenOf(body: unknown): string {
  if (typeof body === "object" && body !== null) {
    if ("token" in body && typeof body.token === "string") return body.token;
    if ("access_token" in body && typeof body.access_token === "string") return body.access_token;
  }
  throw new RegistryAnswer("the token service answered without a token", 502, undefined);
}

function judge(error: unknown): RetryVerdict {
  if (!(error instanceof RegistryAnswer)) return "retry";
  if (error.status !== 429 && error.status < 500) return "give-up";
  return error.wait === undefined ? "retry" : { afterMilliseconds: error.wait };
}

/** Registries on the loopback interface speak plain HTTP, as Docker itself assumes (docker docs, insecure registries). */
function baseUrl(registry: string): string {
  if (registry === "docker.io") return "https://registry-1.docker.io";
  const name = registry.replace(/:\d+$/, "");
  const loopback = name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
  return `${loopback ? "http" : "https"}://${registry}`;
}
