import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Image, sha256 } from "./image-store.ts";

/** What came of a push: the manifest's digest, or the message Docker would print. */
export type Pushed = { readonly digest: string; readonly problem?: undefined } | { readonly problem: string };

/** The two families of media types. */
export type Family = "docker" | "oci";

const families = {
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  },
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  },
} as const;

/** A manifest or index with everything below it. */
export interface Document {
  readonly mediaType: string;
  readonly body: string;
  readonly digest: string;
  readonly blobs: readonly Buffer[];
  readonly children: readonly Document[];
}

/** The manifest of one image. */
export function manifestOf({ config, layer }: Image, family: Family): Document {
  const types = families[family];
  return document(
    types.manifest,
    {
      config: descriptor(types.config, Buffer.from(config)),
      layers: [descriptor(types.layer, Buffer.from(layer, "base64"))],
    },
    [Buffer.from(config), Buffer.from(layer, "base64")],
  );
}

/** An index of images, each with an attestation about how it was made where there is one. */
export function indexOf(images: readonly Image[], family: Family, provenance: string | undefined): Document {
  const parts = images.map((image) => manifestOf(image, family));
  const entries = parts.map((part, index) => {
    const { os, architecture, variant } = JSON.parse(images[index]?.config ?? "{}") as Record<string, string>;
    return { ...reference(part), platform: { architecture, os, ...(variant && { variant }) } };
  });
  const attestations = provenance === undefined ? [] : parts.map((part) => attestation(part, provenance));
  const attested = attestations.map((each, index) => ({
    ...reference(each),
    annotations: {
      "vnd.docker.reference.digest": parts[index]?.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  }));
  const body = { manifests: [...entries, ...attested] };
  return { ...document(families[family].index, body, []), children: [...parts, ...attestations] };
}

function attestation(subject: Document, provenance: string): Document {
  const statement = Buffer.from(
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType: "https://slsa.dev/provenance/v0.2",
      subject: [{ digest: { sha256: subject.digest.slice("sha256:".length) } }],
      predicate: { buildType: "https://mobyproject.org/buildkit@v1", parameters: provenance },
    }),
  );
  const config = Buffer.from(JSON.stringify({ architecture: "unknown", os: "unknown", config: {} }));
  return document(
    families.oci.manifest,
    {
      config: descriptor(families.oci.config, config),
      layers: [descriptor("application/vnd.in-toto+json", statement)],
    },
    [config, statement],
  );
}

function document(mediaType: string, content: object, blobs: readonly Buffer[]): Document {
  const body = JSON.stringify({ schemaVersion: 2, mediaType, ...content });
  return { mediaType, body, digest: sha256(Buffer.from(body)), blobs, children: [] };
}

function descriptor(mediaType: string, bytes: Buffer) {
  return { mediaType, size: bytes.byteLength, digest: sha256(bytes) };
}

function reference({ mediaType, body, digest }: Document) {
  return { mediaType, size: Buffer.byteLength(body), digest };
}

/** Uploads a document and what is below it to a loopback registry over the distribution protocol, with the login of `DOCKER_CONFIG`. */
export async function push(content: Document, name: string): Promise<Pushed> {
  const split = name.lastIndexOf(":");
  const [host = "", ...path] = name.slice(0, split).split("/");
  const base = `http://${host}/v2/${path.join("/")}`;
  const headers = authorization(host);
  for (const child of content.children) {
    const pushed = await send(child, child.digest, base, headers);
    if (pushed !== undefined) return { problem: pushed };
  }
  const problem = await send(content, name.slice(split + 1), base, headers);
  return problem === undefined ? { digest: content.digest } : { problem };
}

async function send(
  { blobs, body, mediaType }: Document,
  name: string,
  base: string,
  headers: Record<string, string>,
): Promise<string | undefined> {
  for (const blob of blobs) {
    const problem = await upload(base, blob, headers);
    if (problem !== undefined) return problem;
  }
  const response = await fetch(`${base}/manifests/${name}`, {
    method: "PUT",
    headers: { ...headers, "content-type": mediaType },
    body,
  });
  return response.ok ? undefined : said(response);
}

async function upload(
  base: string,
  blob: Buffer,
  headers: Record<string, string>,
): Promise<string | undefined> {
  const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST", headers });
  if (!begun.ok) return said(begun);
  const location = new URL(begun.headers.get("location") ?? "", base);
  location.searchParams.set("digest", sha256(blob));
  const response = await fetch(location, {
    method: "PUT",
    headers: { ...headers, "content-type": "application/octet-stream" },
    body: new Uint8Array(blob),
  });
  return response.ok ? undefined : said(response);
}

/** Docker's words for a refused request (moby: distribution errors). */
async function said(response: Response): Promise<string> {
  const text = await response.text();
  if (response.status === 401) return "no basic auth credentials";
  if (response.status >= 500)
    return `received unexpected HTTP status: ${response.status} ${response.statusText}`;
  return text || `unexpected status ${response.status}`;
}

function authorization(host: string): Record<string, string> {
  const file = process.env["REGISTRY_AUTH_FILE"] ?? join(process.env["DOCKER_CONFIG"] ?? "", "config.json");
  if (!existsSync(file)) return {};
  const { auths } = JSON.parse(readFileSync(file, "utf8")) as { auths?: Record<string, { auth?: string }> };
  const auth = auths?.[host]?.auth;
  return auth ? { authorization: `Basic ${auth}` } : {};
}
