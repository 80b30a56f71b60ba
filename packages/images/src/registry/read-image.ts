import type { Repository } from "../reference.ts";
import type { RegistryClient } from "./client.ts";
import { isImage, type Manifest } from "./manifest.ts";
import { platformText } from "./platform.ts";

/** What a registry tells about an image that it stores. */
export interface StoredImageFacts {
  /** `os/architecture[/variant]`; of an index those of its images. */
  readonly platforms: readonly string[];
  /** Digest of the configuration; of an index the index's own. */
  readonly id: string;
  /** Bytes as they are stored, which is compressed. */
  readonly sizeBytes: number;
}

/** Reads what a stored image is; `undefined` where the registry has none. @throws ShipError as the registry client does */
export async function storedImageFacts(
  repository: Repository,
  digest: string,
  registry: Pick<RegistryClient, "manifest" | "config" | "size">,
  signal: AbortSignal,
): Promise<StoredImageFacts | undefined> {
  const manifest = await registry.manifest(repository, digest, signal);
  if (manifest === undefined) return undefined;
  return {
    platforms: await platformsOf(repository, manifest, registry, signal),
    id: manifest.content.kind === "index" ? manifest.digest : manifest.content.config.digest,
    sizeBytes: await registry.size(repository, manifest, signal),
  };
}

/** The platforms of a stored image; of an index those of its images. */
export async function platformsOf(
  repository: Repository,
  manifest: Manifest,
  registry: Pick<RegistryClient, "config">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (manifest.content.kind === "index")
    return manifest.content.manifests
      .filter(isImage)
      .flatMap(({ platform }) => (platform ? [platformText(platform)] : []));
  const { platform } = await registry.config(repository, manifest, signal);
  return platform ? [platformText(platform)] : [];
}
