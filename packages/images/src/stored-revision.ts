import { isShipError } from "#ship/kit";
import { revisionLabel } from "./labels.ts";
import type { Repository } from "./reference.ts";
import type { RegistryClient } from "./registry/client.ts";
import { isImage } from "./registry/manifest.ts";

/**
 * The commit that an image names in its label; of an index, its first image's. `undefined` when it names none, or when what
 * it says cannot be read: then nobody knows.
 */
export async function storedRevision(
  registry: Pick<RegistryClient, "manifest" | "config">,
  repository: Repository,
  digest: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const stored = await registry.manifest(repository, digest, signal);
    const first = stored?.content.kind === "index" ? stored.content.manifests.find(isImage) : undefined;
    const image = first === undefined ? stored : await registry.manifest(repository, first.digest, signal);
    if (image?.content.kind !== "image") return undefined;
    return (await registry.config(repository, image, signal)).labels[revisionLabel];
  } catch (error) {
    if (isShipError(error) && error.code === "REQUEST_REJECTED") return undefined;
    throw error;
  }
}
