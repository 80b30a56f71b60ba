import { ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import { type BlobArrival, moveBlob } from "./blobs.ts";
import { eachOf } from "./bounded-parallelism.ts";
import type { Descriptor, Manifest } from "./manifest.ts";
import { nameOf, readDigest, readManifest, writeManifest } from "./manifests.ts";
import type { Transport } from "./transport.ts";

/** An image to copy: a tag or a digest of a repository. */
export interface ImageSource {
  readonly repository: Repository;
  readonly reference: string;
}

/** What a copy did. */
export interface Copied {
  readonly digest: string;
  /** How many blobs came in which way. */
  readonly blobs: Readonly<Record<BlobArrival, number>>;
}

const parallelBlobs = 4;
const deepestIndex = 4;

/**
 * Copies an image, or an index with everything it lists, and gives it tags. A manifest is written only after all that it
 * names has arrived, the tags last.
 * @throws ShipError `NOT_FOUND` naming the source or the part of it that is missing
 */
export async function copyImage(
  transport: Transport,
  source: ImageSource,
  to: Repository,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<Copied> {
  const blobs: Record<BlobArrival, number> = { present: 0, mounted: 0, uploaded: 0 };
  const from = source.repository;
  const top = await required(transport, source, signal);
  const sameRepository = from.registry === to.registry && from.path === to.path;
  if (!sameRepository) await bringParts(top, 0);
  for (const tag of tags.length > 0 ? tags : [top.digest])
    await writeManifest(transport, to, tag, top, signal);
  return { digest: top.digest, blobs };

  async function bringParts({ content, digest }: Manifest, depth: number): Promise<void> {
    if (depth > deepestIndex) {
      throw new ShipError(
        "REQUEST_REJECTED",
        `${nameOf(from, digest)} is an index within ${deepestIndex} others.`,
      );
    }
    if (content.kind === "image") return bringBlobs(digest, [content.config, ...content.layers]);
    for (const { digest: part } of content.manifests) {
      const manifest = await required(transport, { repository: from, reference: part }, signal);
      await bringParts(manifest, depth + 1);
      await writeManifest(transport, to, part, manifest, signal);
    }
  }

  async function bringBlobs(digest: string, wanted: readonly Descriptor[]): Promise<void> {
    // A registry that has a manifest has what it names.
    if ((await readDigest(transport, to, digest, signal, "pull,push")) === digest) return;
    const distinct = [...new Map(wanted.filter(isKept).map((blob) => [blob.digest, blob])).values()];
    const arrivals = await eachOf(
      distinct,
      parallelBlobs,
      (blob, within) => moveBlob(transport, { blob, from, to }, within),
      signal,
    );
    for (const arrival of arrivals) blobs[arrival] += 1;
  }
}

/** The manifest of a source. @throws ShipError `NOT_FOUND` */
export async function required(
  transport: Transport,
  { repository, reference }: ImageSource,
  signal: AbortSignal,
): Promise<Manifest> {
  const found = await readManifest(transport, repository, reference, signal);
  if (found !== undefined) return found;
  throw new ShipError("NOT_FOUND", `${repository.registry} has no ${nameOf(repository, reference)}.`, {
    hint: "Check the name and the tag or digest, and that this job may pull from the repository.",
  });
}

/** Layers that may not be distributed stay with their publisher, and registries do not ask for them. */
function isKept({ mediaType, urls }: Descriptor): boolean {
  return !(urls !== undefined && urls.length > 0 && /foreign|nondistributable/.test(mediaType));
}
