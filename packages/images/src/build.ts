import { type Clock, type Log, ShipError, toShipError } from "#ship/kit";
import type { BuildPlan } from "./engine/build-plan.ts";
import type { BuiltImage } from "./engine/built-image.ts";
import type { ImageEngine } from "./engine/port.ts";
import { type ImageRequest, taggedImages } from "./plan.ts";
import { referenceOf, type TaggedImage } from "./reference.ts";
import type { RegistryClient } from "./registry/client.ts";

/** What a build works with. */
export interface BuildContext {
  readonly engine: ImageEngine;
  readonly registry: Pick<RegistryClient, "digest">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** One phase of a build with its time in milliseconds. */
export interface Phase {
  readonly name: string;
  readonly took: number;
}

/** How a build ended. */
export interface ImageOutcome {
  readonly result: "pushed" | "built" | "unchanged" | "planned" | "failed" | "cancelled";
  readonly images: readonly TaggedImage[];
  /** By repository name, the digest that its registry stores, read back after the push. Registries may compress differently. */
  readonly digests: ReadonlyMap<string, string>;
  readonly built: BuiltImage | undefined;
  readonly phases: readonly Phase[];
  readonly failure?: ShipError;
}

/** What a dry run says: the images that would be made. */
export function plannedImage(images: readonly TaggedImage[]): ImageOutcome {
  return { result: "planned", images, digests: new Map(), built: undefined, phases: [] };
}

/** Builds, pushes and verifies an image; every end is an outcome. */
export async function buildImage(request: ImageRequest, context: BuildContext): Promise<ImageOutcome> {
  const phases: Phase[] = [];
  const images = taggedImages(request);
  let built: BuiltImage | undefined;
  const ended = (result: ImageOutcome["result"], digests: ImageOutcome["digests"] = new Map()) => ({
    result,
    images,
    digests,
    built,
    phases,
  });

  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const begun = context.clock.now();
    try {
      return await context.log.group(name, work);
    } finally {
      phases.push({ name, took: context.clock.now() - begun });
    }
  };

  try {
    const existing = request.push === "push" ? await existingDigest(images, request, context) : undefined;
    if (existing !== undefined)
      return ended("unchanged", new Map(images.map(({ repository }) => [repository.name, existing])));
    const plan = planOf(request, images);
    await context.engine.verify(plan, context.signal);
    const image = await phase("Build", () => context.engine.build(plan, context.signal));
    built = image;
    if (request.push === "local") return ended("built");
    return ended("pushed", await phase("Push", () => pushAll(images, plan, image, context)));
  } catch (error) {
    const failure = toShipError(error);
    return { ...ended(failure.kind === "cancelled" ? "cancelled" : "failed"), failure };
  }
}

/** The digest behind all tags when every one exists and is the same image already. */
async function existingDigest(
  images: readonly TaggedImage[],
  request: ImageRequest,
  { registry, log, signal }: BuildContext,
): Promise<string | undefined> {
  if (request.ifExists === "overwrite") return undefined;
  const digests = await Promise.all(
    images.map(({ repository, tag }) => registry.digest(repository, tag, signal)),
  );
  const present = images.filter((_, index) => digests[index] !== undefined).map(referenceOf);
  if (present.length > 0 && request.ifExists === "fail") {
    throw new ShipError("PUSH_FAILED", `The registry already has ${present.join(", ")}.`, {
      hint: "Choose another tag, or set `if-exists` to skip or overwrite.",
    });
  }
  const [first] = digests;
  if (first === undefined || digests.some((digest) => digest !== first)) return undefined;
  log.info(`${present.join(", ")} exist already as ${first}; nothing is built.`);
  return first;
}

function planOf(request: ImageRequest, images: readonly TaggedImage[]): BuildPlan {
  const { context, file, target, buildArgs, labels, pull, cache } = request;
  return {
    ...{ context, file, target, buildArgs, labels, pull, cache },
    references: images.map(referenceOf),
    annotations: [],
    noCacheFilters: [],
    platforms: [],
    secrets: [],
    ssh: [],
    buildContexts: [],
    addHosts: [],
    allow: [],
    network: undefined,
    shmSize: undefined,
    ulimits: [],
    cgroupParent: undefined,
    cacheFrom: [],
    cacheTo: [],
    provenance: undefined,
    sbom: undefined,
    attests: [],
    manifest: "default",
    outputs: [],
    sourceDateEpoch: undefined,
    builder: undefined,
    keep: "store",
  };
}

const pushAttempts = 5;

async function pushAll(
  images: readonly TaggedImage[],
  plan: BuildPlan,
  built: BuiltImage,
  { engine, registry, signal, log }: BuildContext,
): Promise<ImageOutcome["digests"]> {
  const digests = new Map<string, string>();
  const publication = await engine.push(plan, built, pushAttempts, signal);
  for (const image of images) {
    const reference = referenceOf(image);
    const pushed = publication.kind === "complete" ? publication.digests.get(reference) : undefined;
    const stored = await registry.digest(image.repository, image.tag, signal);
    if (stored === undefined || (pushed !== undefined && pushed !== stored)) {
      throw new ShipError(
        "DIGEST_MISMATCH",
        `${reference} was pushed as ${pushed ?? "an unknown digest"}, but the registry stores ${stored ?? "nothing"} under that tag.`,
      );
    }
    log.info(`${reference} is ${stored}`);
    digests.set(image.repository.name, stored);
  }
  return digests;
}
