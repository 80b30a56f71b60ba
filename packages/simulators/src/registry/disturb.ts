import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Clock } from "#ship/kit";
import { mediaTypes } from "./manifest.ts";
import { RegistryError } from "./registry-error.ts";
import type { RegistryFault } from "./registry-faults.ts";
import type { Repositories } from "./repositories.ts";

/** The registry that a fault strikes. */
export interface Disturbed {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly repositories: Repositories;
  readonly clock: Clock;
  forgetTokens(): void;
}

const defaultSlowness = 60;
const bytesBeforeReset = 1_024;

/**
 * Serves a request with a fault.
 * @param serve what the registry does with the request when nothing is wrong
 */
export async function disturb(
  fault: RegistryFault,
  struck: Disturbed,
  serve: () => Promise<void>,
): Promise<void> {
  const { request, response, path, repositories, clock } = struck;
  const { seconds } = fault;
  switch (fault.kind) {
    case "unavailable":
      throw new RegistryError("UNAVAILABLE", "service unavailable");
    case "too-many-requests":
      throw new RegistryError("TOOMANYREQUESTS", "Rate exceeded", {
        headers: { "retry-after": String(seconds ?? 1) },
      });
    case "denied":
      throw new RegistryError("DENIED", "requested access to the resource is denied");
    case "forgotten-upload":
      throw new RegistryError("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
    case "forgotten-tokens":
      struck.forgetTokens();
      return serve();
    case "reset":
      response.destroy();
      return;
    case "reset-mid-upload":
      return resetMidUpload(request, response);
    case "lost-answer":
      hold(response);
      await serve();
      response.destroy();
      return;
    case "slow":
      await clock.sleep((seconds ?? defaultSlowness) * 1_000);
      return serve();
    case "moved-tag":
      beforeAnswer(response, () => moveTag(repositories, path));
      return serve();
    case "corrupt-content":
      corrupt(response);
      return serve();
    case "no-digest":
      withoutDigest(response);
      return serve();
  }
}

async function resetMidUpload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let size = 0;
  for await (const chunk of request) {
    size += Buffer.from(chunk).length;
    if (size >= bytesBeforeReset) break;
  }
  response.destroy();
}

/** Keeps every byte of an answer back, so that the client can never know that its request was carried out. */
function hold(response: ServerResponse): void {
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => response.destroy();
}

/** Does something between what the registry does for a request and its answer. */
function beforeAnswer(response: ServerResponse, act: () => Promise<void>): void {
  const end = response.end.bind(response);
  response.end = ((...answer: never[]) => {
    act().then(
      () => end(...answer),
      () => response.destroy(),
    );
    return response;
  }) as typeof response.end;
}

/** Somebody else's image, put under the same tag just afterwards. */
async function moveTag(repositories: Repositories, path: string): Promise<void> {
  const [, name = "", tag = ""] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
  const repository = repositories.open(name, "push");
  const config = Buffer.from("{}");
  const blob = await repositories.blobs.begin(`other-${tag}`);
  await blob.append(Readable.from([config]));
  const digest = await blob.digest("sha256:");
  await blob.keep(digest);
  repository.blobs.add(digest);
  const body = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: config.length },
    layers: [],
    annotations: { "org.opencontainers.image.title": "from another writer" },
  };
  await repositories.put(repository, tag, mediaTypes.ociManifest, Buffer.from(JSON.stringify(body)));
}

function corrupt(response: ServerResponse): void {
  const end = response.end.bind(response);
  const write = response.write.bind(response);
  let done = false;
  const flipped = (chunk: unknown): unknown => {
    if (done || !(chunk instanceof Uint8Array) || chunk.length === 0) return chunk;
    done = true;
    const copy = Buffer.from(chunk);
    copy[0] = (copy[0] ?? 0) ^ 1;
    return copy;
  };
  response.end = ((chunk?: unknown, ...more: never[]) => end(flipped(chunk), ...more)) as typeof response.end;
  response.write = ((chunk: unknown, ...more: never[]) =>
    write(flipped(chunk), ...more)) as typeof response.write;
}

function withoutDigest(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: Readonly<Record<string, string | number>> = {}) => {
    const { "docker-content-digest": _, ...kept } = headers;
    return writeHead(status, kept);
  }) as typeof response.writeHead;
}
