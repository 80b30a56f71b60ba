import { isShipError, type Log, ShipError } from "#ship/kit";
import { referenceOf, type TaggedImage } from "./reference.ts";
import type { RegistryClient } from "./registry/client.ts";
import { storedRevision } from "./stored-revision.ts";
import type { PlannedImage } from "./tags/plan.ts";

/** What to do about tags that exist already. */
export type IfExists = "skip" | "fail" | "overwrite";

/** By repository name, the digest that all of its tags name already. */
export type ExistingImages = ReadonlyMap<string, string>;

/**
 * Looks whether there is anything to do. An image counts as there only when every tag exists, and all tags of one
 * repository name one digest; repositories of different registries may store the same image under different digests.
 * Tags that move, such as `main` and `latest`, exist from an earlier commit on: where a repository has no other tag, its image
 * counts only when it says itself that it is of this commit.
 * @param revision the commit, as the label `org.opencontainers.image.revision` has it
 * @returns the digests to skip for, `undefined` when the image has to be made
 * @throws ShipError `IMAGE_EXISTS` listing what is there, where that is to fail
 */
export async function existingImages(
  images: readonly Omit<PlannedImage, "rule">[],
  revision: string | undefined,
  registry: Pick<RegistryClient, "digest" | "manifest" | "config">,
  ifExists: IfExists,
  log: Pick<Log, "warning">,
  signal: AbortSignal,
): Promise<ExistingImages | undefined> {
  if (ifExists === "overwrite") return undefined;
  const found = await Promise.all(
    images.map(async (image) => ({ image, digest: await lookAt(image, registry, ifExists, log, signal) })),
  );
  const present = found.flatMap(({ image, digest }) => (digest === undefined ? [] : [{ image, digest }]));
  if (ifExists === "fail") {
    const isFixed = ({ standing }: Pick<PlannedImage, "standing">) => standing === "fixed";
    // A moving tag is there to be moved; it is in the way only where there is no other.
    const inTheWay = images.some(isFixed) ? present.filter(({ image }) => isFixed(image)) : present;
    if (inTheWay.length === 0) return undefined;
    const list = inTheWay.map(({ image, digest }) => `${referenceOf(image)} (${digest})`).join(", ");
    throw new ShipError("IMAGE_EXISTS", `The registry already has ${list}.`);
  }
  if (present.length === 0 || present.length < images.length) return undefined;
  const digests = new Map(present.map(({ image, digest }) => [image.repository.name, digest]));
  const isOne = present.every(({ image, digest }) => digests.get(image.repository.name) === digest);
  if (!isOne) return undefined;
  const fixed = new Set(images.flatMap((one) => (one.standing === "fixed" ? [one.repository.name] : [])));
  for (const { image, digest } of present) {
    if (fixed.has(image.repository.name)) continue;
    if (revision === undefined) return undefined;
    if ((await storedRevision(registry, image.repository, digest, signal)) !== revision) return undefined;
  }
  return digests;
}

/**
 * The digest that a tag has now. Some registries deny what they do not have; then the push decides, unless existing images
 * were to be an error.
 */
export async function lookAt(
  image: TaggedImage,
  registry: Pick<RegistryClient, "digest">,
  ifExists: IfExists,
  log: Pick<Log, "warning">,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await registry.digest(image.repository, image.tag, signal);
  } catch (error) {
    if (ifExists === "fail" || !isShipError(error) || error.code !== "ACCESS_DENIED") throw error;
    log.warning(`Whether ${referenceOf(image)} exists already could not be seen: ${error.message}`);
    return undefined;
  }
}
