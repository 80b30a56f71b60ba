import { digestOf, mediaTypes, type Registry } from "#ship/simulators";

/** One request to a registry's `/v2/`, with whatever credentials. */
export async function ask(
  registry: Pick<Registry, "url">,
  method: string,
  path: string,
  more: { body?: string; headers?: Readonly<Record<string, string>> } = {},
) {
  const url = path.startsWith("http") ? path : `${registry.url}${path}`;
  const response = await fetch(url, {
    method,
    headers: { ...more.headers },
    ...(more.body === undefined ? {} : { body: more.body }),
  });
  const text = await response.text();
  return { status: response.status, header: (name: string) => response.headers.get(name), text };
}

/** Pushes a one-layer image as clients do; answers its manifest and digest. */
export async function pushImage(
  registry: Pick<Registry, "url">,
  image: { name: string; tag: string; content: string; headers?: Readonly<Record<string, string>> },
) {
  const headers = image.headers ?? {};
  const pushBlob = async (body: string) => {
    const digest = digestOf(Buffer.from(body));
    await ask(registry, "POST", `/v2/${image.name}/blobs/uploads/?digest=${digest}`, { body, headers });
    return { digest, size: Buffer.byteLength(body) };
  };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...(await pushBlob("{}")) },
    layers: [
      { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", ...(await pushBlob(image.content)) },
    ],
  });
  const answer = await ask(registry, "PUT", `/v2/${image.name}/manifests/${image.tag}`, {
    body: manifest,
    headers: { ...headers, "content-type": mediaTypes.ociManifest },
  });
  return { manifest, digest: digestOf(Buffer.from(manifest)), answer };
}
