import type { Repository } from "../reference.ts";
import { registryAddress } from "./address.ts";
import { CorruptContent, RegistryAnswer, translate } from "./answer.ts";
import { discard, readBounded } from "./bounded-body.ts";
import { digestOf, digestText, hashFor } from "./digest.ts";
import { type IdleWatch, watchIdle } from "./idle-watch.ts";
import type { Descriptor } from "./manifest.ts";
import type { RegistryRequest, Transport } from "./transport.ts";

/** How a blob came to its destination. */
export type BlobArrival = "present" | "mounted" | "uploaded";

/** A blob's way from one repository to another. */
export interface BlobMove {
  readonly blob: Pick<Descriptor, "digest" | "size">;
  readonly from: Repository;
  readonly to: Repository;
}

const idleMilliseconds = 60_000;
/** A transfer is watched for standing still; this is only its outermost limit. */
const transferMilliseconds = 3_600_000;

/**
 * Reads a small blob into memory, checked against its digest.
 * @param limit bytes
 * @throws ShipError in the registry's words
 */
export async function readBlob(
  transport: Transport,
  repository: Repository,
  { digest }: Pick<Descriptor, "digest">,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const what = `${repository.registry} did not give ${repository.name}@${digest}`;
  try {
    return await transport.persist(
      what,
      async () => {
        const bytes = await readBounded(await transport.send(get(repository, digest), signal), limit);
        const actual = digestOf(bytes, digest);
        if (actual !== digest) throw new CorruptContent(`what came for ${digest} is ${actual}`);
        return bytes;
      },
      signal,
    );
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw translate(error, what, "read");
  }
}

/**
 * Brings a blob to another repository: not at all where it is there, by a mount within one registry, else by sending
 * it on as it comes, its digest checked on the way.
 * @throws ShipError in the registry's words
 */
export async function moveBlob(
  transport: Transport,
  move: BlobMove,
  signal: AbortSignal,
): Promise<BlobArrival> {
  const { blob, from, to } = move;
  const what = `${blob.digest} could not be copied from ${from.name} to ${to.name}`;
  let begun = false;
  try {
    return await transport.persist(
      what,
      async () => {
        if (await has(transport, to, blob.digest, signal)) return begun ? "uploaded" : "present";
        begun = true;
        const session = await beginUpload(transport, move, signal);
        if (session === "mounted") return "mounted";
        await upload(transport, move, session, signal);
        return "uploaded";
      },
      signal,
      "long",
    );
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw translate(error, what, "write");
  }
}

async function has(
  transport: Transport,
  { registry, path }: Repository,
  digest: string,
  signal: AbortSignal,
): Promise<boolean> {
  const address = `/v2/${path}/blobs/${digest}`;
  const scopes = [{ path, actions: "pull,push" }] as const;
  const response = await transport.send(
    { registry, method: "HEAD", address, scopes, accepted: [404] },
    signal,
  );
  await discard(response);
  return response.ok;
}

/** Begins an upload; within one registry it asks for a mount first, which the registry may answer with an upload session. */
async function beginUpload(
  transport: Transport,
  { blob, from, to }: BlobMove,
  signal: AbortSignal,
): Promise<"mounted" | URL> {
  if (from.registry === to.registry) {
    const query = new URLSearchParams({ mount: blob.digest, from: from.path });
    const scopes = [...pushTo(to).scopes, { path: from.path, actions: "pull" } as const];
    try {
      const response = await transport.send({ ...pushTo(to, `?${query}`), scopes }, signal);
      await discard(response);
      return response.status === 201 ? "mounted" : sessionOf(response, to);
    } catch (error) {
      // A registry without mounts, or a login that may not see both repositories at once.
      if (!(error instanceof RegistryAnswer) || ![400, 401, 403, 404, 405].includes(error.status))
        throw error;
    }
  }
  const response = await transport.send(pushTo(to), signal);
  await discard(response);
  return sessionOf(response, to);
}

/** Streams the blob into the session as Docker does: one PATCH without a length, then a PUT with the digest. */
async function upload(
  transport: Transport,
  { blob, from, to }: BlobMove,
  session: URL,
  signal: AbortSignal,
): Promise<void> {
  const watch = watchIdle(signal, idleMilliseconds);
  const { registry } = to;
  const { scopes } = pushTo(to);
  let failure: CorruptContent | undefined;
  try {
    const patched = await transport
      .send(
        {
          registry,
          method: "PATCH",
          address: session,
          scopes,
          headers: { "content-type": "application/octet-stream" },
          body: async () => {
            const source = await transport.send(
              { ...get(from, blob.digest), patience: transferMilliseconds },
              watch.signal,
            );
            return checked(source, blob, watch, (error) => {
              failure = error;
            });
          },
          patience: transferMilliseconds,
        },
        watch.signal,
      )
      .catch((error: unknown) => {
        // `fetch` says of a body that fails only that it failed.
        throw failure ?? error;
      });
    await discard(patched);
    const location = sessionOf(patched, to, session);
    location.searchParams.set("digest", blob.digest);
    await discard(await transport.send({ registry, method: "PUT", address: location, scopes }, signal));
  } catch (error) {
    await giveUp(transport, { registry, method: "DELETE", address: session, scopes });
    throw error;
  } finally {
    watch.stop();
  }
}

/** What is sent on, while its digest and size are checked; the last piece is held back until they are right. */
function checked(
  source: Response,
  { digest, size }: BlobMove["blob"],
  watch: IdleWatch,
  onCorrupt: (error: CorruptContent) => void,
): ReadableStream<Uint8Array> {
  const hash = hashFor(digest);
  let sent = 0;
  const fail = (message: string) => {
    const error = new CorruptContent(message);
    onCorrupt(error);
    return error;
  };
  const check = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      watch.touch();
      sent += chunk.length;
      if (sent > size) throw fail(`what came for ${digest} has more than the ${size} bytes of its manifest`);
      hash.update(chunk);
      controller.enqueue(chunk);
    },
    flush() {
      const actual = digestText(hash, digest);
      if (actual !== digest) throw fail(`what came for ${digest} is ${actual}`);
    },
  });
  const body = source.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  return body.pipeThrough(check);
}

/** Tells the registry that an upload is over, so that it need not keep what has come; whether it listens does not matter. */
async function giveUp(transport: Transport, request: RegistryRequest): Promise<void> {
  const patience = 2_000;
  await transport.send({ ...request, patience }, new AbortController().signal).then(discard, () => {});
}

function sessionOf(response: Response, { registry }: Repository, before?: URL): URL {
  const location = response.headers.get("location");
  const session = URL.parse(location ?? before?.href ?? "", before?.href ?? registryAddress(registry));
  if (session === null) throw new RegistryAnswer(`${registry} began an upload without saying where`, 502);
  return session;
}

function pushTo({ registry, path }: Repository, query = ""): RegistryRequest & { readonly method: "POST" } {
  return {
    registry,
    method: "POST",
    address: `/v2/${path}/blobs/uploads/${query}`,
    scopes: [{ path, actions: "pull,push" }],
  };
}

function get({ registry, path }: Repository, digest: string): RegistryRequest {
  return {
    registry,
    method: "GET",
    address: `/v2/${path}/blobs/${digest}`,
    scopes: [{ path, actions: "pull" }],
  };
}
