import { pipeline } from "node:stream/promises";
import { isDigest } from "./digest.ts";
import { type Exchange, sendEmpty } from "./http-exchange.ts";
import { RegistryError } from "./registry-error.ts";
import type { Upload } from "./uploads.ts";

/** `HEAD` and `GET /v2/<name>/blobs/<digest>`. */
export async function readBlob(exchange: Exchange, name: string, digest: string): Promise<void> {
  const { repositories, request, response } = exchange;
  const repository = repositories.open(name, "pull");
  const size = repository.blobs.has(digest) ? await repositories.blobs.size(digest) : undefined;
  if (size === undefined) {
    throw new RegistryError("BLOB_UNKNOWN", "blob unknown to registry", { detail: { digest } });
  }
  if (exchange.blobAddress && request.method === "GET") {
    return sendEmpty(response, 307, {
      location: exchange.blobAddress(digest),
      "docker-content-digest": digest,
    });
  }
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": size,
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(repositories.blobs.read(digest), response);
}

/** `DELETE /v2/<name>/blobs/<digest>`: the repository has it no longer; others keep it. */
export function deleteBlob(exchange: Exchange, name: string, digest: string): void {
  if (!exchange.repositories.open(name, "push").blobs.delete(digest))
    throw new RegistryError("BLOB_UNKNOWN", "blob unknown to registry", { detail: { digest } });
  sendEmpty(exchange.response, 202, {});
}

/** `POST /v2/<name>/blobs/uploads/`: begins an upload, mounts a blob of another repository, or takes it all at once. */
export async function beginUpload(exchange: Exchange, name: string): Promise<void> {
  const { query, repositories, uploads } = exchange;
  const repository = repositories.open(name, "push");
  const mounted = query.get("mount");
  if (mounted !== null && canMount(exchange, query.get("from"), mounted)) {
    repository.blobs.add(mounted);
    return created(exchange, name, mounted);
  }
  const upload = await uploads.begin(name);
  if (query.has("digest")) {
    await upload.blob.append(exchange.request);
    return finish(exchange, upload);
  }
  progress(exchange, upload, 202);
}

/** `PATCH /v2/<name>/blobs/uploads/<id>`: takes one chunk, in order. */
export async function appendChunk(exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = exchange.uploads.get(name, id);
  checkOffset(exchange, upload);
  await upload.blob.append(exchange.request);
  progress(exchange, upload, 202);
}

/** `PUT /v2/<name>/blobs/uploads/<id>?digest=`: takes the rest and keeps the blob if its digest is right. */
export async function finishUpload(exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = exchange.uploads.get(name, id);
  checkOffset(exchange, upload);
  await upload.blob.append(exchange.request);
  await finish(exchange, upload);
}

/** `GET /v2/<name>/blobs/uploads/<id>`: how far an upload has come. */
export function uploadStatus(exchange: Exchange, name: string, id: string): void {
  progress(exchange, exchange.uploads.get(name, id), 204);
}

/** `DELETE /v2/<name>/blobs/uploads/<id>`: gives an upload up. */
export async function cancelUpload(exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = exchange.uploads.get(name, id);
  exchange.uploads.end(upload);
  await upload.blob.discard();
  sendEmpty(exchange.response, 204, {});
}

async function finish(exchange: Exchange, upload: Upload): Promise<void> {
  const digest = exchange.query.get("digest") ?? "";
  if (!isDigest(digest)) {
    throw new RegistryError("DIGEST_INVALID", `the query parameter digest is '${digest}', not a digest`);
  }
  const actual = await upload.blob.digest(digest);
  exchange.uploads.end(upload);
  if (actual !== digest) {
    await upload.blob.discard();
    throw new RegistryError(
      "DIGEST_INVALID",
      `provided digest ${digest} did not match uploaded content, which is ${actual}`,
    );
  }
  await upload.blob.keep(digest);
  exchange.repositories.open(upload.repository, "push").blobs.add(digest);
  created(exchange, upload.repository, digest);
}

/** A blob is mounted only for a caller who may read it where it is; else the answer is an upload session. */
function canMount({ repositories, mayMountFrom }: Exchange, from: string | null, digest: string): boolean {
  const sources = from === null ? [...repositories.all.values()] : [repositories.all.get(from)];
  return sources.some((source) => source?.blobs.has(digest) && mayMountFrom(source.name));
}

function checkOffset({ request }: Exchange, upload: Upload): void {
  const range = request.headers["content-range"];
  if (range === undefined) return;
  const start = Number(/^(?:bytes )?(\d+)-\d+/.exec(range)?.[1] ?? Number.NaN);
  if (start === upload.blob.size) return;
  throw new RegistryError(
    "RANGE_INVALID",
    `the chunk '${range}' does not continue the ${upload.blob.size} bytes that have arrived`,
    { headers: uploadHeaders(upload) },
  );
}

function progress({ response }: Exchange, upload: Upload, status: number): void {
  sendEmpty(response, status, uploadHeaders(upload));
}

function uploadHeaders(upload: Upload): Record<string, string> {
  return {
    location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    range: `0-${Math.max(0, upload.blob.size - 1)}`,
    "docker-upload-uuid": upload.id,
  };
}

function created({ response }: Exchange, name: string, digest: string): void {
  sendEmpty(response, 201, {
    location: `/v2/${name}/blobs/${digest}`,
    "docker-content-digest": digest,
  });
}
