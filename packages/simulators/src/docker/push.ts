import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Image, sha256 } from "./image-store.ts";

/** What came of a push: the manifest's digest, or the message Docker would print. */
export type Pushed = { readonly digest: string; readonly problem?: undefined } | { readonly problem: string };

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

/** Uploads an image to a loopback registry over the distribution protocol, with the login of `DOCKER_CONFIG`. */
export async function push(image: Image, reference: string): Promise<Pushed> {
  const split = reference.lastIndexOf(":");
  const [host = "", ...path] = reference.slice(0, split).split("/");
  const base = `http://${host}/v2/${path.join("/")}`;
  const headers = authorization(host);
  const blobs = [Buffer.from(image.config), Buffer.from(image.layer, "base64")];
  for (const blob of blobs) {
    const problem = await upload(base, blob, headers);
    if (problem !== undefined) return { problem };
  }
  const [config, layer] = blobs.map((blob) => ({ size: blob.byteLength, digest: sha256(blob) }));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: "application/vnd.docker.container.image.v1+json", ...config },
    layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", ...layer }],
  });
  const response = await fetch(`${base}/manifests/${reference.slice(split + 1)}`, {
    method: "PUT",
    headers: { ...headers, "content-type": manifestType },
    body: manifest,
  });
  return response.ok ? { digest: sha256(Buffer.from(manifest)) } : { problem: await said(response) };
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
  const file = join(process.env["DOCKER_CONFIG"] ?? "", "config.json");
  if (!existsSync(file)) return {};
  const { auths } = JSON.parse(readFileSync(file, "utf8")) as { auths?: Record<string, { auth?: string }> };
  const auth = auths?.[host]?.auth;
  return auth ? { authorization: `Basic ${auth}` } : {};
}
