import { ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import { copyImage, type ImageSource, required } from "./copy.ts";
import { digestOf } from "./digest.ts";
import { readImageConfig } from "./image-config.ts";
import { type Descriptor, isImage, type Manifest, mediaTypes } from "./manifest.ts";
import { writeManifest } from "./manifests.ts";
import { parsePlatform, platformText } from "./platform.ts";
import type { Transport } from "./transport.ts";

/** An index to make of images that registries have already. */
export interface IndexPlan {
  /** Where the index goes; images of other repositories are copied there. */
  readonly repository: Repository;
  readonly tags: readonly string[];
  /** Images, or indexes whose images are taken, with their attestations. */
  readonly images: readonly ImageSource[];
  /** Every one of them must be there, as `os/architecture[/variant]`, and no other. */
  readonly platforms: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** An index as its registry stores it. */
export interface StoredIndex {
  readonly digest: string;
  readonly mediaType: string;
  /** As `os/architecture[/variant]`, in order. */
  readonly platforms: readonly string[];
}

/**
 * Makes one index of several images and reads it back: an OCI image index, or Docker's manifest list where all images are
 * Docker's, because a list must not name OCI manifests (Docker registry docs: Image Manifest V2, Schema 2).
 * @throws ShipError `PLATFORMS_WRONG` when an asked platform is missing or one is there twice; nothing is written then
 */
export async function writeIndex(
  transport: Transport,
  plan: IndexPlan,
  signal: AbortSignal,
): Promise<StoredIndex> {
  const entries: Descriptor[] = [];
  for (const image of plan.images) entries.push(...(await entriesOf(transport, image, signal)));
  const platforms = entries
    .filter(isImage)
    .map(({ platform }) => (platform ? platformText(platform) : "unknown"));
  checkPlatforms(plan, platforms);
  for (const image of plan.images) await copyImage(transport, image, plan.repository, [], signal);

  const { mediaType, bytes } = document(entries, plan.annotations);
  const index = { mediaType, bytes };
  const digest = await writeManifest(transport, plan.repository, digestOf(bytes), index, signal);
  for (const tag of plan.tags) await writeManifest(transport, plan.repository, tag, index, signal);
  return { digest, mediaType, platforms };
}

async function entriesOf(
  transport: Transport,
  image: ImageSource,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const manifest = await required(transport, image, signal);
  const { content } = manifest;
  if (content.kind === "index") return content.manifests;
  const { platform } = await readImageConfig(transport, image.repository, manifest, signal);
  return [{ ...descriptorOf(manifest), ...(platform && { platform }) }];
}

function descriptorOf({ mediaType, digest, bytes }: Manifest): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

function checkPlatforms({ repository, platforms, images }: IndexPlan, found: readonly string[]): void {
  const wanted = platforms.map((platform) => platformText(parsePlatform(platform)));
  const missing = wanted.filter((platform) => !found.includes(platform));
  const doubled = found.filter((platform, index) => found.indexOf(platform) !== index);
  const foreign = wanted.length > 0 ? found.filter((platform) => !wanted.includes(platform)) : [];
  const problems = [
    missing.length > 0 && `${missing.join(", ")} missing`,
    doubled.length > 0 && `${doubled.join(", ")} more than once`,
    foreign.length > 0 && `${foreign.join(", ")} not asked for`,
  ].filter((problem) => problem !== false);
  if (problems.length === 0) return;
  throw new ShipError(
    "PLATFORMS_WRONG",
    `The ${images.length} images for ${repository.name} are for ${found.join(", ") || "no platform"}: ${problems.join("; ")}.`,
  );
}

function document(entries: readonly Descriptor[], annotations: IndexPlan["annotations"]) {
  const annotated = Object.keys(annotations).length > 0;
  const docker = !annotated && entries.every(({ mediaType }) => mediaType === mediaTypes.dockerManifest);
  const mediaType = docker ? mediaTypes.dockerList : mediaTypes.ociIndex;
  const content = { schemaVersion: 2, mediaType, manifests: entries, ...(annotated && { annotations }) };
  return { mediaType, bytes: Buffer.from(JSON.stringify(content, undefined, 2)) };
}
