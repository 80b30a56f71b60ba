import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#ship/kit";
import { startLoopbackServer } from "../front/loopback-server.ts";
import { type AccessOptions, createAccess } from "./access.ts";
import { startBlobStorage } from "./blob-storage.ts";
import { type BlobStore, memoryBlobStore } from "./blob-store.ts";
import { disturb } from "./disturb.ts";
import { type Exchange, sendEmpty, sendJson } from "./http-exchange.ts";
import { RegistryError } from "./registry-error.ts";
import { createRegistryFaults, type RegistryFaults } from "./registry-faults.ts";
import { createRepositories, type Repositories, type RepositoryPolicy } from "./repositories.ts";
import { matchRoute } from "./routes.ts";
import { createUploads } from "./uploads.ts";

/** A running OCI distribution registry. */
export interface Registry {
  readonly url: string;
  /** `127.0.0.1:port`, the host part of image names. Docker speaks plain HTTP to it without further settings. */
  readonly host: string;
  readonly repositories: Repositories;
  readonly faults: RegistryFaults;
  /** Requests so far, as `METHOD path status`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** What a registry can be given; by default it is open to all and keeps everything in memory. */
export interface RegistryOptions {
  readonly clock: Clock;
  readonly access?: AccessOptions;
  readonly blobs?: BlobStore;
  readonly policy?: RepositoryPolicy;
  /** Whether blobs are fetched from storage on another origin, to which the registry redirects. */
  readonly blobRedirects?: boolean;
  /** Where mounts are unsupported they are answered with an upload session, as the specification allows. */
  readonly mounts?: "supported" | "unsupported";
  readonly port?: number;
}

/** Starts a registry that follows the OCI distribution specification 1.1 on loopback. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const blobs = options.blobs ?? memoryBlobStore();
  const repositories = createRepositories({ clock: options.clock, blobs, policy: options.policy ?? {} });
  const uploads = createUploads(blobs);
  const faults = createRegistryFaults();
  const requests: string[] = [];
  const access = createAccess(options.access ?? { kind: "anonymous" }, options.clock, () => server.url);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", server.url);
    const method = request.method ?? "GET";
    response.once("close", () => requests.push(`${method} ${url.pathname} ${response.statusCode}`));
    response.setHeader("docker-distribution-api-version", "registry/2.0");
    const answer = async () => {
      if (url.pathname === "/token") {
        const token = await access.issue(request, url.searchParams);
        return token ? sendJson(response, 200, token) : sendEmpty(response, 404, {});
      }
      const route = matchRoute(method, url.pathname);
      access.check(request, route.demand);
      const mayMountFrom = (repository: string) =>
        options.mounts !== "unsupported" && access.allows(request, { repository, action: "pull" });
      const exchange: Exchange = {
        request,
        response,
        query: url.searchParams,
        repositories,
        uploads,
        mayMountFrom,
        ...(storage ? { blobAddress: storage.address } : {}),
      };
      await route.run(exchange);
    };
    const fault = faults.strike(method, url.pathname);
    if (!fault) return answer();
    await disturb(
      fault,
      {
        request,
        response,
        path: url.pathname,
        repositories,
        clock: options.clock,
        forgetTokens: access.forgetTokens,
      },
      answer,
    );
  };

  const storage = options.blobRedirects ? await startBlobStorage(blobs) : undefined;
  const server = await startLoopbackServer((request, response) => {
    serve(request, response).catch((error: unknown) => refuse(request, response, error));
  }, options.port);
  return {
    url: server.url,
    host: `127.0.0.1:${server.port}`,
    repositories,
    faults,
    requests,
    async close() {
      await server.close();
      await storage?.close();
    },
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // What is left of a refused upload must be read, else a client that is still sending sees a broken connection.
  request.resume();
  if (error instanceof RegistryError) sendJson(response, error.status, error, error.headers);
  else sendJson(response, 500, { errors: [{ code: "UNKNOWN", message: String(error), detail: null }] });
}
