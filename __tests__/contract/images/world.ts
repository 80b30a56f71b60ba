import {
  createRegistryClient,
  type Login,
  parseRepository,
  type RegistryClient,
  type Repository,
} from "#ship/images";
import { type ManualClock, manualClock } from "#ship/kit";
import { digestOf, mediaTypes, type Registry, type RegistryOptions, startRegistry } from "#ship/simulators";

/** A registry that knows `ship` with the password `right`, and a client of it, both on one clock that moves by itself. */
export interface World {
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
  repository(path: string): Repository;
  /** Lets time pass while work waits. */
  settle<T>(work: Promise<T>): Promise<T>;
  /** Requests since the last call, as `METHOD path status`. */
  requests(): readonly string[];
  close(): Promise<void>;
}

export interface WorldOptions extends Omit<RegistryOptions, "clock"> {
  readonly login?: (host: string) => Login | undefined;
  readonly attempts?: number;
  readonly clock?: ManualClock;
  readonly fetch?: typeof fetch;
}

export const verify = (user: string, password: string) => user === "ship" && password === "right";
export const rightLogin = (registry: string): Login => ({ registry, username: "ship", password: "right" });

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { login = rightLogin, attempts, fetch = globalThis.fetch, ...registryOptions } = options;
  const clock = options.clock ?? manualClock();
  const registry = await startRegistry({ ...registryOptions, clock });
  const client = createRegistryClient({
    fetch,
    clock,
    login: async (host) => login(host),
    ...(attempts === undefined ? {} : { attempts }),
  });
  let seen = 0;
  return {
    clock,
    registry,
    client,
    signal: new AbortController().signal,
    repository: (path) => parseRepository(`${registry.host}/${path}`),
    settle: (work) => clock.runUntil(work),
    requests() {
      const fresh = registry.requests.slice(seen);
      seen = registry.requests.length;
      return fresh;
    },
    close: registry.close,
  };
}

/** Puts a blob straight into the registry's store. */
export async function placeBlob(registry: Registry, path: string, content: string | Uint8Array) {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes);
  const blob = await registry.repositories.blobs.begin(`place-${digest}`);
  const { Readable } = await import("node:stream");
  await blob.append(Readable.from([bytes]));
  await blob.keep(digest);
  registry.repositories.open(path, "push").blobs.add(digest);
  return { digest, size: bytes.length };
}

export interface ImageContent {
  readonly tag?: string;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly layers?: readonly (string | Uint8Array)[];
  readonly kind?: "oci" | "docker";
  readonly labels?: Readonly<Record<string, string>>;
}

/** Puts an image straight into the registry's store; answers its descriptor and bytes. */
export async function placeImage(registry: Registry, path: string, content: ImageContent = {}) {
  const { platform = { os: "linux", architecture: "amd64" }, kind = "oci", tag } = content;
  const oci = kind === "oci";
  const config = await placeBlob(
    registry,
    path,
    JSON.stringify({
      ...platform,
      created: "2026-01-01T00:00:00Z",
      config: { Labels: content.labels ?? {} },
    }),
  );
  const layerType = oci
    ? "application/vnd.oci.image.layer.v1.tar+gzip"
    : "application/vnd.docker.image.rootfs.diff.tar.gzip";
  const layers: unknown[] = [];
  for (const layer of content.layers ?? [`layer of ${path} for ${platform.architecture}`])
    layers.push({ mediaType: layerType, ...(await placeBlob(registry, path, layer)) });
  const configType = oci
    ? "application/vnd.oci.image.config.v1+json"
    : "application/vnd.docker.container.image.v1+json";
  const mediaType = oci ? mediaTypes.ociManifest : mediaTypes.dockerManifest;
  const manifest = { schemaVersion: 2, mediaType, config: { mediaType: configType, ...config }, layers };
  return { ...(await placeManifest(registry, path, manifest, tag)), platform };
}

/** Puts an index of images straight into the registry's store. */
export async function placeIndex(
  registry: Registry,
  path: string,
  manifests: readonly Readonly<Record<string, unknown>>[],
  tag?: string,
) {
  return placeManifest(registry, path, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, tag);
}

async function placeManifest(
  registry: Registry,
  path: string,
  manifest: { readonly mediaType: string; readonly [member: string]: unknown },
  tag?: string,
) {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const repository = registry.repositories.open(path, "push");
  const stored = await registry.repositories.put(repository, tag, manifest.mediaType, bytes);
  return { mediaType: manifest.mediaType, digest: stored.digest, size: bytes.length };
}

/** Which digest a tag has in the registry, or nothing. */
export function tagOf(registry: Registry, path: string, tag: string): string | undefined {
  return registry.repositories.all.get(path)?.tags.get(tag);
}
