import { ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import { CorruptContent, RegistryAnswer, translate } from "./answer.ts";
import { discard, readBounded } from "./bounded-body.ts";
import { digestOf, isDigest } from "./digest.ts";
import { acceptedTypes, type Manifest, manifestLimit, parseManifest } from "./manifest.ts";
import type { Scope } from "./scope.ts";
import type { RegistryRequest, Transport } from "./transport.ts";

/**
 * Digest that a registry has under a reference; `undefined` when there is none.
 * @param actions what the token is for: some registries deny a look at a repository that only a push will create
 * @throws ShipError
 */
export async function readDigest(
  transport: Transport,
  repository: Repository,
  reference: string,
  signal: AbortSignal,
  actions: Scope["actions"] = "pull",
): Promise<string | undefined> {
  const found = await asking(transport, repository, reference, signal, async () => {
    const response = await transport.send(
      { ...request("HEAD", repository, reference, actions), accepted: [404, 405] },
      signal,
    );
    await discard(response);
    if (response.status === 404) return "absent";
    const digest = response.ok ? response.headers.get("docker-content-digest") : null;
    if (digest === null || !isDigest(digest)) return "unsaid";
    if (isDigest(reference) && digest !== reference) throw corrupt(reference, digest);
    return { digest };
  });
  if (found === "absent") return undefined;
  // Not every registry says the digest, or answers HEAD; then it is computed.
  if (found === "unsaid") return (await readManifest(transport, repository, reference, signal))?.digest;
  return found.digest;
}

/** The manifest under a tag or digest, its bytes checked against their digest; `undefined` when there is none. @throws ShipError */
export function readManifest(
  transport: Transport,
  repository: Repository,
  reference: string,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  return asking(transport, repository, reference, signal, async () => {
    const response = await transport.send(
      { ...request("GET", repository, reference), accepted: [404] },
      signal,
    );
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    const bytes = await readBounded(response, manifestLimit);
    const said = response.headers.get("docker-content-digest");
    const promised = [reference, said ?? ""].filter(isDigest);
    for (const digest of promised) {
      const actual = digestOf(bytes, digest);
      if (actual !== digest) throw corrupt(digest, actual);
    }
    return parseManifest(bytes, response.headers.get("content-type"), promised[0]);
  });
}

/** A manifest to store. */
export type NewManifest = Pick<Manifest, "mediaType" | "bytes">;

const readBacks = 3;
const readBackPause = 1_000;

/**
 * Stores a manifest and reads back what the registry has under the reference then.
 * @returns the digest, which is that of the bytes given
 * @throws ShipError `DIGEST_MISMATCH` when it is another one, `IMAGE_EXISTS` for a tag that may not move
 */
export async function writeManifest(
  transport: Transport,
  repository: Repository,
  reference: string,
  { mediaType, bytes }: NewManifest,
  signal: AbortSignal,
): Promise<string> {
  const digest = digestOf(bytes, isDigest(reference) ? reference : undefined);
  const name = nameOf(repository, reference);
  if (bytes.length > manifestLimit) {
    throw new ShipError(
      "PUSH_FAILED",
      `The manifest of ${name} has ${bytes.length} bytes; registries accept ${manifestLimit}.`,
      { hint: "Leave out annotations or platforms." },
    );
  }
  const put: RegistryRequest = {
    ...request("PUT", repository, reference),
    headers: { "content-type": mediaType },
    body: () => Buffer.from(bytes),
  };
  const what = `${repository.registry} did not take the manifest of ${name}`;
  try {
    await transport.persist(what, async () => discard(await transport.send(put, signal)), signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof RegistryAnswer) || !isRefusal(error)) throw translate(error, what, "write");
    // A tag that may not move is refused even to what it names already.
    const stored = await readDigest(transport, repository, reference, signal).catch(() => undefined);
    if (stored === digest) return digest;
    throw stored !== undefined && speaksOfExistence(error)
      ? exists(name, stored, error)
      : translate(error, what, "write");
  }
  return readBack(transport, repository, reference, digest, signal);
}

async function readBack(
  transport: Transport,
  repository: Repository,
  reference: string,
  digest: string,
  signal: AbortSignal,
): Promise<string> {
  let stored: string | undefined;
  // Some registries answer from copies that lag a moment behind the write.
  for (let attempt = 1; attempt <= readBacks; attempt += 1) {
    stored = await readDigest(transport, repository, reference, signal, "pull,push");
    if (stored === digest) return digest;
    if (attempt < readBacks) await transport.clock.sleep(readBackPause, signal);
  }
  throw new ShipError(
    "DIGEST_MISMATCH",
    `${nameOf(repository, reference)} was written as ${digest}, but the registry has ${stored ?? "nothing"} there.`,
  );
}

/** Writes `name:tag` or `name@digest`. */
export function nameOf(repository: Repository, reference: string): string {
  return `${repository.name}${isDigest(reference) ? "@" : ":"}${reference}`;
}

async function asking<T>(
  transport: Transport,
  repository: Repository,
  reference: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const what = `${repository.registry} could not be asked for ${nameOf(repository, reference)}`;
  try {
    return await transport.persist(what, work, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw translate(error, what, "read");
  }
}

function request(
  method: "HEAD" | "GET" | "PUT",
  { registry, path }: Repository,
  reference: string,
  actions: Scope["actions"] = method === "PUT" ? "pull,push" : "pull",
): RegistryRequest {
  return {
    registry,
    method,
    address: `/v2/${path}/manifests/${reference}`,
    scopes: [{ path, actions }],
    headers: { accept: acceptedTypes },
  };
}

function corrupt(promised: string, actual: string): CorruptContent {
  return new CorruptContent(`what came for ${promised} is ${actual}`);
}

function isRefusal({ status }: RegistryAnswer): boolean {
  return [400, 403, 405, 409, 412].includes(status);
}

/** Amazon ECR, Artifact Registry, Harbor and others each word it in their own way. */
function speaksOfExistence({ message }: RegistryAnswer): boolean {
  return /immutab|already exists|ImageTagAlreadyExists|cannot be overwritten/i.test(message);
}

function exists(name: string, stored: string, cause: RegistryAnswer): ShipError {
  return new ShipError(
    "IMAGE_EXISTS",
    `${name} is ${stored} already, and this tag may not move: ${cause.message}`,
    {
      cause,
      hint: "Choose another tag, or set `if-exists: skip` to keep what is there.",
    },
  );
}
