import type { BuildPlan, BuiltImage, ImageEngine } from "#ship/images";
import { isShipError, ShipError } from "#ship/kit";
import { checkFit } from "../engine/fit.ts";
import type { EngineOptions } from "../engine/options.ts";
import { ask, program, type Session } from "../engine/program.ts";
import { secretFlags, withScratch } from "../engine/scratch.ts";
import { tryImage } from "../engine/trial.ts";
import { buildFailure } from "../failure.ts";
import { buildahProgress } from "../progress/buildah.ts";
import { containerFlags } from "./flags.ts";
import { pushContainers } from "./list.ts";
import { registrySettings, removeRegistrySettings } from "./registries.ts";
import { describeImage, isOfPlatform } from "./store.ts";
import { tryInWorkingContainer } from "./trial.ts";

interface ContainerSession extends Session {
  readonly name: "buildah" | "podman";
}

/**
 * buildah or podman, which need no daemon. Storage and isolation are the job's (STORAGE_DRIVER, BUILDAH_ISOLATION,
 * CONTAINERS_STORAGE_CONF).
 */
export function createBuildahEngine(name: "buildah" | "podman", options: EngineOptions): ImageEngine {
  const logins = { REGISTRY_AUTH_FILE: `${options.config.directory}/config.json` };
  const plain = program(name, options, logins);
  const open = async (plan: BuildPlan, signal: AbortSignal): Promise<ContainerSession> => ({
    name,
    call: program(name, options, { ...logins, ...(await registrySettings(plan, options)) }),
    options,
    signal,
  });

  return {
    name,
    cacheExports: async () => ["registry"],
    async verify(plan, signal) {
      const version = await ask(name, plain, ["--version"], signal);
      if (version.kind === "silent") throw new ShipError("ENGINE_UNAVAILABLE", version.reason);
      options.log.info(version.text);
      checkFit(plan, name);
    },
    async build(plan, signal) {
      return exportingIfPossible(plan, await open(plan, signal));
    },
    run(built, words, signal) {
      const session = { call: plain, options, signal };
      return name === "podman"
        ? tryImage(built.local, words, session)
        : tryInWorkingContainer(built, words, session);
    },
    async push(plan, built, attempts, signal) {
      return pushContainers(plan.references, built, attempts, await open(plan, signal));
    },
    close: () => removeRegistrySettings(options),
  };
}

/** A cache that cannot be written ends a build of buildah (1.28), which then is done without: its layers are in the store by now. */
async function exportingIfPossible(plan: BuildPlan, session: ContainerSession): Promise<BuiltImage> {
  try {
    return await every(plan, session);
  } catch (error) {
    const refusal = isShipError(error) ? error.details.find((line) => exportRefused.test(line)) : undefined;
    if (plan.cacheTo.length === 0 || refusal === undefined) throw error;
    session.options.log.warning(
      `The build cache could not be written, so the image is built without writing it: ${refusal}`,
    );
    return every({ ...plan, cacheTo: [] }, session);
  }
}

/** containers/buildah: imagebuildah/stage_executor.go, pushCache. */
const exportRefused = /^Error: (?:.*: )?failed pushing cache to /;

async function every(plan: BuildPlan, session: ContainerSession): Promise<BuiltImage> {
  const [first, ...others] = plan.platforms;
  if (others.length === 0) return single(plan, first, plan.references, session);
  const images: BuiltImage[] = [];
  for (const platform of plan.platforms) images.push(await single(plan, platform, [], session));
  return together(plan, images);
}

/** Builds one platform. With its layer cache buildah 1.28 answers the image of another one; such an image is built anew. */
async function single(
  plan: BuildPlan,
  platform: string | undefined,
  references: readonly string[],
  session: ContainerSession,
): Promise<BuiltImage> {
  const { name, options } = session;
  const cached = await build(plan, platform, references, "cached", session);
  if (isRight(cached, platform)) return cached;
  options.log.info(
    `${name} took an image of ${cached.platforms.join()} from its cache for ${platform}; it is built anew.`,
  );
  const anew = await build(plan, platform, references, "anew", session);
  if (isRight(anew, platform)) return anew;
  throw new ShipError(
    "BUILD_FAILED",
    `${name} was asked for ${platform} and built ${anew.platforms.join()}.`,
  );
}

function isRight({ platforms: [built] }: BuiltImage, wanted: string | undefined): boolean {
  return wanted === undefined || built === undefined || isOfPlatform(built, wanted);
}

function build(
  plan: BuildPlan,
  platform: string | undefined,
  references: readonly string[],
  layers: "cached" | "anew",
  session: ContainerSession,
): Promise<BuiltImage> {
  const { name, call, options, signal } = session;
  return withScratch(options, async (scratch) => {
    const progress = buildahProgress();
    const lines: string[] = [];
    const flags = [
      ...containerFlags(plan, { platform, references, layers, idFile: scratch.path("image-id") }),
      ...(await secretFlags(plan, scratch, options)),
    ];
    const { exitCode } = await call(["build", ...flags, plan.context], {
      signal,
      onLine(line) {
        lines.push(line);
        progress.line(line, options.clock.now());
        options.log.quote(name, line);
      },
    });
    if (exitCode !== 0) throw buildFailure(lines, progress);
    const id = (await scratch.read("image-id")) ?? "";
    const image = await describeImage(name, id, session);
    return {
      id,
      sizeBytes: image?.sizeBytes,
      platforms: image === undefined ? [] : [image.platform],
      local: id,
      steps: progress.steps(),
      warnings: progress.warnings(),
      metadata: undefined,
      parts: [],
    };
  });
}

/** One image of several; the machine's own platform is the one that can be run. */
function together(plan: BuildPlan, images: readonly BuiltImage[]): BuiltImage {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const own =
    images.find(({ platforms: [platform = ""] }) => isOfPlatform(platform, `linux/${architecture}`)) ??
    images[0];
  return {
    id: own?.id ?? "",
    sizeBytes: own?.sizeBytes,
    platforms: plan.platforms,
    local: own?.local,
    steps: images.flatMap(({ steps }, index) =>
      steps.map((step) => ({ ...step, name: `${plan.platforms[index]} ${step.name}` })),
    ),
    warnings: [...new Set(images.flatMap(({ warnings }) => warnings))],
    metadata: undefined,
    parts: images.map(({ id }, index) => ({ platform: plan.platforms[index] ?? "", id })),
  };
}
