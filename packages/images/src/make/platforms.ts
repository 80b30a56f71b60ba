import { ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import type { RegistryClient } from "../registry/client.ts";
import { parsePlatform, platformText } from "../registry/platform.ts";
import { platformsOf } from "../registry/read-image.ts";

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
  const manifest = await registry.manifest(repository, digest, signal);
  const found = manifest === undefined ? [] : await platformsOf(repository, manifest, registry, signal);
  const wanted = platforms.map((platform) => platformText(parsePlatform(platform)));
  const missing = wanted.filter((platform) => !found.includes(platform));
  if (missing.length === 0) return;
  throw new ShipError(
    "PLATFORMS_WRONG",
    `${repository.name}@${digest} is for ${found.join(", ") || "no known platform"}; ${missing.join(", ")} missing.`,
  );
}
