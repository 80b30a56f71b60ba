import { type Log, ShipError } from "#ship/kit";
import { type ExistingImages, type IfExists, lookAt } from "./existing.ts";
import { parseRepository, parseTag, type Repository, referenceOf, type TaggedImage } from "./reference.ts";
import type { RegistryClient } from "./registry/client.ts";
import { isDigest } from "./registry/digest.ts";
import { nameOf } from "./registry/manifests.ts";

/** An existing image that is to get more tags. */
export interface Promotion {
  /** `name@sha256:…`, `name:tag` or `name:tag@sha256:…`. */
  readonly from: string;
  readonly images: readonly TaggedImage[];
  readonly ifExists: IfExists;
}

/** How a promotion ended. */
export interface Promoted {
  /** `unchanged` when every tag named this image before. */
  readonly result: "pushed" | "unchanged";
  /** The digest that was promoted; the same in every repository, since it is copied byte for byte. */
  readonly digest: string;
  readonly digests: ExistingImages;
}

/** A source as it is written: a repository, and its tag or digest. */
export interface PromotionSource {
  readonly repository: Repository;
  /** A tag, or a digest, which wins where both are written. */
  readonly reference: string;
}

/**
 * Reads the source of a promotion.
 * @throws ShipError `IMAGE_REFERENCE_INVALID`; a name alone is refused, because it would mean `latest`
 */
export function parsePromotionSource(from: string): PromotionSource {
  const [named = "", digest, ...more] = from.trim().split("@");
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const repository = parseRepository(tagged ? named.slice(0, colon) : named);
  const tag = tagged ? parseTag(named.slice(colon + 1)) : undefined;
  const reference = digest ?? tag;
  if (reference === undefined || more.length > 0 || (digest !== undefined && !isDigest(digest))) {
    throw new ShipError(
      "IMAGE_REFERENCE_INVALID",
      `"${from}" names no image to promote; accepted: name@sha256:… or name:tag.`,
      { hint: "Give the `image` output of the build, which names the digest." },
    );
  }
  return { repository, reference };
}

/**
 * Gives an existing image further tags without building it: by its manifest alone within a repository, by a copy to another.
 * The source is looked up once; what its tag comes to name later does not matter.
 * @throws ShipError `NOT_FOUND` naming the source, `IMAGE_EXISTS`, and what {@link RegistryClient} throws
 */
export async function promoteImage(
  { from, images, ifExists }: Promotion,
  registry: RegistryClient,
  log: Pick<Log, "info" | "warning">,
  signal: AbortSignal,
): Promise<Promoted> {
  const source = parsePromotionSource(from);
  const digest = await registry.digest(source.repository, source.reference, signal);
  if (digest === undefined) {
    throw new ShipError(
      "NOT_FOUND",
      `${source.repository.registry} has no ${nameOf(source.repository, source.reference)} to promote.`,
      { hint: "Check the name in `promote-from`, and that the image was pushed." },
    );
  }
  const stored = await Promise.all(
    images.map(async (image) => ({
      image,
      before: await lookAt(image, registry, ifExists, log, signal),
    })),
  );
  const digests = new Map(images.map(({ repository }) => [repository.name, digest]));
  const existing = stored.flatMap(({ image, before }) =>
    before === undefined ? [] : [`${referenceOf(image)} (${before})`],
  );
  if (ifExists === "fail" && existing.length > 0)
    throw new ShipError("IMAGE_EXISTS", `The registry already has ${existing.join(", ")}.`);
  const moving = stored.filter(({ before }) => before !== digest).map(({ image }) => image);
  if (moving.length === 0) {
    log.info(`${images.map(referenceOf).join(", ")} are ${digest} already.`);
    return { result: "unchanged", digest, digests };
  }
  for (const repository of new Set(moving.map((image) => image.repository.name))) {
    const group = moving.filter((image) => image.repository.name === repository);
    const [first] = group;
    if (first === undefined) continue;
    const tags = group.map(({ tag }) => tag);
    const exact = { repository: source.repository, reference: digest };
    const { blobs } = await registry.copy(exact, first.repository, tags, signal);
    log.info(
      `${group.map(referenceOf).join(", ")} is ${digest} (blobs: ${blobs.uploaded} sent, ${blobs.mounted} mounted, ${blobs.present} there before)`,
    );
  }
  return { result: "pushed", digest, digests };
}
