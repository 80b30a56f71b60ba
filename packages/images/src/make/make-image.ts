import { messageOf, toShipError } from "#ship/kit";
import type { BuildPlan } from "../engine/build-plan.ts";
import type { BuiltImage } from "../engine/built-image.ts";
import type { ImageEngine } from "../engine/port.ts";
import { existingImages } from "../existing.ts";
import { revisionLabel } from "../labels.ts";
import { promoteImage } from "../promote.ts";
import { referenceOf } from "../reference.ts";
import { type StoredImageFacts, storedImageFacts } from "../registry/read-image.ts";
import { type ScanOutcome, scanImage } from "../scan/scan-image.ts";
import type { ScanSubject } from "../scan/scanner.ts";
import type { BuildContext } from "./context.ts";
import type { ImageOutcome, Phase } from "./outcome.ts";
import { publish } from "./publish.ts";
import type { BuildRequest, ImageRequest, PromoteRequest } from "./request.ts";

/** What is known of an image so far; the outcome is made from it, however it ends. */
interface Progress {
  result: ImageOutcome["result"];
  digests: ImageOutcome["digests"];
  platforms: readonly string[];
  built?: BuiltImage;
  stored: StoredImageFacts | undefined;
  scan?: ScanOutcome;
  readonly phases: Phase[];
}

/**
 * Builds, tests, scans, pushes and verifies an image, or promotes one; every end is an outcome. Nothing is pushed before
 * test and scan have passed.
 */
export async function makeImage(request: ImageRequest, context: BuildContext): Promise<ImageOutcome> {
  const progress: Progress = {
    result: "failed",
    digests: new Map(),
    platforms: [],
    stored: undefined,
    phases: [],
  };
  const ended = (failure: ImageOutcome["failure"]): ImageOutcome => ({
    ...progress,
    built: progress.built,
    stored: progress.stored,
    scan: progress.scan,
    images: request.images,
    failure,
  });
  try {
    if (request.kind === "promote") await promote(request, progress, context);
    else await build(request, progress, context);
    await describeStored(request.images, progress, context);
    return ended(undefined);
  } catch (error) {
    const failure = toShipError(error);
    progress.result = failure.kind === "cancelled" ? "cancelled" : "failed";
    return ended(failure);
  }
}

/** What the outputs still lack is read from the registry. The image is there by now: nothing of this can fail it. */
async function describeStored(
  [first]: ImageRequest["images"],
  progress: Progress,
  { registry, log, signal }: BuildContext,
): Promise<void> {
  const digest = first && progress.digests.get(first.repository.name);
  if (first === undefined || digest === undefined) return;
  if (progress.built?.sizeBytes !== undefined && progress.platforms.length > 0) return;
  try {
    progress.stored = await storedImageFacts(first.repository, digest, registry, signal);
  } catch (error) {
    log.notice(`${first.repository.name}@${digest} is there, but could not be read: ${messageOf(error)}`);
    return;
  }
  if (progress.platforms.length === 0) progress.platforms = progress.stored?.platforms ?? [];
}

async function promote(
  { from, images, ifExists }: PromoteRequest,
  progress: Progress,
  context: BuildContext,
): Promise<void> {
  const { registry, log, signal } = context;
  const promoted = await phase("Promote", progress, context, () =>
    promoteImage({ from, images, ifExists }, registry, log, signal),
  );
  progress.digests = promoted.digests;
  progress.result = promoted.result === "unchanged" ? "unchanged" : "promoted";
}

async function build(request: BuildRequest, progress: Progress, context: BuildContext): Promise<void> {
  const { registry, log, signal, scanner } = context;
  if (request.goal === "registry") {
    const revision = request.plan.labels[revisionLabel];
    const existing = await existingImages(request.images, revision, registry, request.ifExists, log, signal);
    if (existing !== undefined) {
      progress.digests = existing;
      progress.result = "unchanged";
      log.info(`${request.images.map(referenceOf).join(", ")} exist already; nothing is built.`);
      return;
    }
  }
  await scanner?.verify();
  const engine = await context.engine();
  try {
    await buildWith(engine, request, progress, context);
  } finally {
    await context.cache.close();
    await engine.close();
  }
}

async function buildWith(
  engine: ImageEngine,
  request: BuildRequest,
  progress: Progress,
  context: BuildContext,
): Promise<void> {
  const { cache, signal } = context;
  const cached = await cache.open(engine);
  const plan: BuildPlan = {
    ...request.plan,
    references: request.images.map(referenceOf),
    cacheFrom: cached.from,
    cacheTo: cached.to,
  };
  await engine.verify(plan, signal);
  const built = await phase("Build", progress, context, () => engine.build(plan, signal));
  progress.built = built;
  progress.platforms = built.platforms;
  for (const warning of built.warnings) context.log.warning(warning);
  await cache.keep(built);
  const { test, scan } = request;
  if (test !== undefined) await phase("Test", progress, context, () => engine.run(built, test, signal));
  if (scan !== undefined) await inspect(engine, built, request, progress, context);
  if (request.goal !== "registry") {
    progress.result = "built";
    return;
  }
  const published = await phase("Push", progress, context, () =>
    publish({ engine, plan, built, images: request.images, attempts: request.attempts }, context),
  );
  progress.digests = published.digests;
  progress.platforms = published.platforms;
  progress.result = "pushed";
  await cache.published(published.digests);
}

async function inspect(
  engine: ImageEngine,
  built: BuiltImage,
  { scan, images }: BuildRequest,
  progress: Progress,
  context: BuildContext,
): Promise<void> {
  const { scanner, clock, log, signal } = context;
  if (scan === undefined || scanner === undefined) return;
  const [first] = images;
  const name = first ? referenceOf(first) : built.id;
  progress.scan = await phase("Scan", progress, context, () =>
    scanImage(scanSubject(engine, built), scan, { scanner, clock, log, signal }, name),
  );
  if (progress.scan.failure !== undefined) throw progress.scan.failure;
}

function scanSubject(engine: ImageEngine, built: BuiltImage): ScanSubject {
  const store = engine.name === "buildah" || engine.name === "podman" ? "podman" : "docker";
  return { kind: "reference", reference: built.local ?? built.id, store };
}

async function phase<T>(
  name: string,
  { phases }: Progress,
  { clock, log }: BuildContext,
  work: () => Promise<T>,
): Promise<T> {
  const begun = clock.now();
  try {
    return await log.group(name, work);
  } finally {
    phases.push({ name, took: clock.now() - begun });
  }
}
