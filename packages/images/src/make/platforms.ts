import { ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import type { RegistryClient } from "../registry/client.ts";
import { isImage } from "../registry/manifest.ts";
import { parsePlatform, platformText } from "../registry/platform.ts";

/**
 * Reads an image back from its registry and compares its platforms with those asked for.
 * @throws ShipError `PLATFORMS_WRONG` naming what is missing
 */
export async function requirePlatforms(
  repository: Repository,
  digest: string,
  platforms: readonly string[],
  registry: Pick<RegistryClient, "manifest" | "config">,
  signal: AbortSignal,
): Promise<void> {
  const found = await storedPlatforms(repository, digest, registry, signal);
  const wanted = platforms.map((platform) => platformText(parsePlatform(platform)));
  const missing = wanted.filter((platform) => !found.includes(platform));
  if (missing.length === 0) return;
  throw new ShipError(
    "PLATFORMS_WRONG",
    `${repository.name}@${digest} is for ${found.join(", ") || "no known platform"}; ${missing.join(", ")} missing.`,
  );
}

/** The platforms of an image, by what its registry stores. */
export async function storedPlatforms(
  repository: Repository,
  digest: string,
  registry: Pick<RegistryClient, "manifest" | "config">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const manifest = await registry.manifest(repository, digest, signal);
  if (manifest === undefined) return [];
  if (manifest.content.kind === "index")
    return manifest.content.manifests
      .filter(isImage)
      .flatMap(({ platform }) => (platform ? [platformText(platform)] : []));
  const { platform } = await registry.config(repository, manifest, signal);
  return platform ? [platformText(platform)] : [];
}
