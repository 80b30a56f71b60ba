import { ShipError } from "#ship/kit";
import type { BuildPlan } from "../engine/build-plan.ts";
import type { BuiltImage, PushedPart } from "../engine/built-image.ts";
import type { ImageEngine } from "../engine/port.ts";
import { parseRepository, type Repository, referenceOf, type TaggedImage } from "../reference.ts";
import type { BuildContext } from "./context.ts";
import { requirePlatforms } from "./platforms.ts";

/** What is to be pushed where. */
export interface PublishRequest {
  readonly engine: ImageEngine;
  readonly plan: BuildPlan;
  readonly built: BuiltImage;
  readonly images: readonly TaggedImage[];
  readonly attempts: number;
}

/** What the registries hold now, read back. */
export interface Published {
  /** By repository name. */
  readonly digests: ReadonlyMap<string, string>;
  readonly platforms: readonly string[];
}

/**
 * Pushes an image under all its tags and reads back what the registries store: the digest under every tag, and every
 * platform that was asked for.
 * @throws ShipError `DIGEST_MISMATCH`, `PLATFORMS_WRONG`, and what the engine and the registry throw
 */
export async function publish(request: PublishRequest, context: BuildContext): Promise<Published> {
  const { engine, plan, built, images, attempts } = request;
  const publication = await engine.push(plan, built, attempts, context.signal);
  return publication.kind === "complete"
    ? readBack(images, publication.digests, plan.platforms, built, context)
    : writeIndexes(images, publication.parts, plan, context);
}

async function readBack(
  images: readonly TaggedImage[],
  reported: ReadonlyMap<string, string | undefined>,
  platforms: readonly string[],
  built: BuiltImage,
  { registry, log, signal }: BuildContext,
): Promise<Published> {
  const stored = await Promise.all(
    images.map(async ({ repository, tag }) => registry.digest(repository, tag, signal)),
  );
  const digests = new Map<string, string>();
  for (const [index, image] of images.entries()) {
    const reference = referenceOf(image);
    const pushed = reported.get(reference);
    const digest = stored[index];
    const other = digests.get(image.repository.name);
    const wanted = pushed ?? other;
    if (digest === undefined || (wanted !== undefined && wanted !== digest)) {
      throw new ShipError(
        "DIGEST_MISMATCH",
        `${reference} was pushed as ${wanted ?? "an unknown digest"}, but the registry stores ${digest ?? "nothing"} under that tag.`,
      );
    }
    log.info(`${reference} is ${digest}`);
    digests.set(image.repository.name, digest);
  }
  if (platforms.length === 0) return { digests, platforms: built.platforms };
  const repositories = new Map(images.map(({ repository }) => [repository.name, repository]));
  for (const [name, repository] of repositories)
    await requirePlatforms(repository, digests.get(name) ?? "", platforms, registry, signal);
  return { digests, platforms };
}

async function writeIndexes(
  images: readonly TaggedImage[],
  parts: readonly PushedPart[],
  plan: BuildPlan,
  { registry, log, signal }: BuildContext,
): Promise<Published> {
  const digests = new Map<string, string>();
  const platforms = new Set<string>();
  for (const [name, group] of groupByRepository(images)) {
    const index = await registry.index(
      {
        repository: parseRepository(name),
        tags: group.map(({ tag }) => tag),
        images: parts
          .filter((part) => part.repository === name)
          .map(({ repository, digest }) => ({ repository: parseRepository(repository), reference: digest })),
        platforms: plan.platforms,
        annotations: {},
      },
      signal,
    );
    log.info(`${group.map(referenceOf).join(", ")} is ${index.digest} for ${index.platforms.join(", ")}`);
    digests.set(name, index.digest);
    for (const platform of index.platforms) platforms.add(platform);
  }
  return { digests, platforms: [...platforms] };
}

function groupByRepository(images: readonly TaggedImage[]): ReadonlyMap<Repository["name"], TaggedImage[]> {
  return Map.groupBy(images, ({ repository }) => repository.name);
}
