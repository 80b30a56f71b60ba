import type { BuildPlan, BuiltImage, BuiltPart, ImageEngine } from "#ship/images";
import { ShipError } from "#ship/kit";
import { checkFit } from "../engine/fit.ts";
import type { EngineOptions } from "../engine/options.ts";
import { ask, type Session } from "../engine/program.ts";
import { secretFlags, withScratch } from "../engine/scratch.ts";
import { tryImage } from "../engine/trial.ts";
import { buildFailure } from "../failure.ts";
import { buildKitProgress } from "../progress/buildkit.ts";
import { classicProgress } from "../progress/classic.ts";
import type { ProgressReader } from "../progress/reader.ts";
import { type DockerClient, dockerClient } from "./client.ts";
import { dockerFlags, type SingleBuild } from "./flags.ts";
import { inspectImage } from "./inspect.ts";
import { publishParts } from "./parts.ts";
import { pushReferences } from "./push.ts";

type DockerSession = DockerClient & Session;

/** The docker command line without Buildx. Several platforms are several builds, whose index is left to the registry client. */
export function createDockerEngine(options: EngineOptions): ImageEngine {
  let known: DockerClient | undefined;
  const client = async (signal: AbortSignal): Promise<DockerSession> => {
    known ??= await dockerClient(options, signal);
    return { ...known, options, signal };
  };

  return {
    name: "docker",
    // The builder from before BuildKit keeps its cache in the engine alone.
    cacheExports: async (signal) => ((await client(signal)).builder === "docker" ? ["inline"] : []),
    async verify(plan, signal) {
      const { call, builder } = await client(signal);
      const version = await ask("docker", call, ["version", "--format", "{{.Server.Version}}"], signal);
      if (version.kind === "silent") throw new ShipError("ENGINE_UNAVAILABLE", version.reason);
      options.log.info(`Docker engine ${version.text}${builder === "classic" ? ", classic builder" : ""}`);
      checkFit(plan, builder);
    },
    async build(plan, signal) {
      const docker = await client(signal);
      if (plan.platforms.length < 2) return single(plan, plan.platforms[0], plan.references, docker);
      const images: BuiltImage[] = [];
      for (const platform of plan.platforms) images.push(await single(plan, platform, [], docker));
      return together(plan, images, await hostPlatform(docker));
    },
    async run(built, words, signal) {
      await tryImage(built.local, words, await client(signal));
    },
    async push(plan, built, attempts, signal) {
      const docker = await client(signal);
      return built.parts.length > 0
        ? publishParts(plan.references, built.parts, attempts, docker)
        : pushReferences(plan.references, attempts, docker);
    },
    async close() {},
  };
}

function single(
  plan: BuildPlan,
  platform: string | undefined,
  references: readonly string[],
  docker: DockerSession,
): Promise<BuiltImage> {
  const { options, signal } = docker;
  return withScratch(options, async (scratch) => {
    const progress: ProgressReader = docker.builder === "docker" ? buildKitProgress() : classicProgress();
    const lines: string[] = [];
    const build: SingleBuild = { platform, references, idFile: scratch.path("image-id") };
    const flags = [...dockerFlags(plan, build), ...(await secretFlags(plan, scratch, options))];
    const { exitCode } = await docker.call(["build", ...flags, plan.context], {
      signal,
      onLine(line) {
        lines.push(line);
        progress.line(line, options.clock.now());
        options.log.quote("docker", line);
      },
    });
    if (exitCode !== 0) throw buildFailure(lines, progress);
    const id = await scratch.read("image-id");
    const stored = await inspectImage([id, ...references], docker);
    return {
      id: id ?? stored?.id ?? "",
      sizeBytes: stored?.sizeBytes,
      platforms: [platform ?? stored?.platform].filter((each) => each !== undefined),
      local: stored?.name,
      steps: progress.steps(),
      warnings: progress.warnings(),
      metadata: undefined,
      parts: [],
    };
  });
}

/** One image of several: the machine's own platform is the one that can be run. */
function together(plan: BuildPlan, images: readonly BuiltImage[], host: string | undefined): BuiltImage {
  const own = images.find(({ platforms }) => platforms[0] === host) ?? images[0];
  return {
    id: own?.id ?? "",
    sizeBytes: own?.sizeBytes,
    platforms: plan.platforms,
    local: own?.local,
    steps: images.flatMap(({ platforms: [platform], steps }) =>
      steps.map((step) => ({ ...step, name: `${platform} ${step.name}` })),
    ),
    warnings: [...new Set(images.flatMap(({ warnings }) => warnings))],
    metadata: undefined,
    parts: images.map(({ platforms: [platform = ""], id }): BuiltPart => ({ platform, id })),
  };
}

async function hostPlatform({ call, signal }: DockerSession): Promise<string | undefined> {
  const { exitCode, stdout } = await call(["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"], {
    signal,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}
