import { isDigest } from "./digest.ts";
import { type Exchange, page, readBody, sendEmpty, sendJson } from "./http-exchange.ts";
import { manifestLimit, mediaTypes } from "./manifest.ts";
import { RegistryError } from "./registry-error.ts";
import type { StoredManifest } from "./repositories.ts";

/** `HEAD` and `GET /v2/<name>/manifests/<tag or digest>`. */
export function readManifest(exchange: Exchange, name: string, reference: string): void {
  const { request, response, repositories } = exchange;
  const found = repositories.find(repositories.open(name, "pull"), reference);
  if (!found) throw unknown(reference);
  checkAccept(request.headers.accept, found);
  response.writeHead(200, {
    "content-type": found.mediaType,
    "content-length": found.body.length,
    "docker-content-digest": found.digest,
    etag: `"${found.digest}"`,
  });
  response.end(request.method === "HEAD" ? undefined : found.body);
}

/** `PUT /v2/<name>/manifests/<tag or digest>`. */
export async function putManifest(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { request, response, repositories } = exchange;
  const repository = repositories.open(name, "push");
  const body = await readBody(request, manifestLimit);
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim() ?? mediaTypes.dockerManifest;
  const stored = await repositories.put(repository, reference, mediaType, body);
  sendEmpty(response, 201, {
    location: `/v2/${name}/manifests/${stored.digest}`,
    "docker-content-digest": stored.digest,
    ...(stored.content.subject ? { "oci-subject": stored.content.subject.digest } : {}),
  });
}

/** `DELETE /v2/<name>/manifests/<tag or digest>`: a tag is untagged, a digest goes with all its tags. */
export function deleteManifest(exchange: Exchange, name: string, reference: string): void {
  const { repositories, response } = exchange;
  const repository = repositories.open(name, "push");
  const found = repositories.find(repository, reference);
  if (!found) throw unknown(reference);
  if (!isDigest(reference)) repository.tags.delete(reference);
  else {
    repository.manifests.delete(reference);
    for (const [tag, digest] of repository.tags) if (digest === reference) repository.tags.delete(tag);
  }
  sendEmpty(response, 202, {});
}

/** `GET /v2/<name>/tags/list`. */
export function listTags({ repositories, query, response }: Exchange, name: string): void {
  const { items, next } = page([...repositories.open(name, "pull").tags.keys()].sort(), query);
  sendJson(response, 200, { name, tags: items }, link(`/v2/${name}/tags/list`, query, next));
}

/** `GET /v2/_catalog`. */
export function listRepositories({ repositories, query, response }: Exchange): void {
  const { items, next } = page([...repositories.all.keys()].sort(), query);
  sendJson(response, 200, { repositories: items }, link("/v2/_catalog", query, next));
}

/** `GET /v2/<name>/referrers/<digest>`: manifests whose subject is the digest (signatures, provenance). */
export function listReferrers(
  { repositories, query, response }: Exchange,
  name: string,
  digest: string,
): void {
  const wanted = query.get("artifactType");
  const manifests = [...repositories.open(name, "pull").manifests.values()]
    .filter((manifest) => manifest.content.subject?.digest === digest)
    .map((manifest) => ({
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.body.length,
      artifactType: manifest.content.artifactType ?? manifest.content.config?.mediaType,
      annotations: manifest.content.annotations,
    }))
    .filter((descriptor) => wanted === null || descriptor.artifactType === wanted);
  sendJson(
    response,
    200,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      "content-type": mediaTypes.ociIndex,
      ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
    },
  );
}

/** Registries hide OCI manifests and indexes from clients that do not say they understand them. */
function checkAccept(accept: string | undefined, found: StoredManifest): void {
  if (accept === undefined || found.mediaType === mediaTypes.dockerManifest) return;
  const accepted = accept.split(",").map((type) => type.split(";")[0]?.trim());
  if (accepted.includes(found.mediaType) || accepted.includes("*/*")) return;
  throw new RegistryError(
    "MANIFEST_UNKNOWN",
    `${found.mediaType} found, but the accept header does not name this media type`,
  );
}

function unknown(reference: string): RegistryError {
  return new RegistryError("MANIFEST_UNKNOWN", "manifest unknown", { detail: { reference } });
}

function link(path: string, query: URLSearchParams, next: string | undefined): Record<string, string> {
  if (next === undefined) return {};
  const more = new URLSearchParams({ n: query.get("n") ?? "", last: next });
  return { link: `<${path}?${more}>; rel="next"` };
}
