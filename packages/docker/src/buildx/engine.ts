import type { BuildPlan, BuiltImage, ImageEngine, Publication } from "#ship/images";
import { ShipError } from "#ship/kit";
import { checkFit } from "../engine/fit.ts";
import type { EngineOptions } from "../engine/options.ts";
import { ask, type Program, program, type Session } from "../engine/program.ts";
import { pushWithRetries } from "../engine/pushing.ts";
import { tryImage } from "../engine/trial.ts";
import { buildFailure, pushFailure } from "../failure.ts";
import { inspectImage } from "../plain/inspect.ts";
import { pushReferences } from "../plain/push.ts";
import { type Builder, chooseBuilder, removeBuilder } from "./builder.ts";
import { type BuildxResult, buildxCall } from "./call.ts";
import { checkOutputs, loadsDirectly } from "./flags.ts";

/** Docker with Buildx. */
export function createBuildxEngine(options: EngineOptions): ImageEngine {
  const call = program("docker", options, { BUILDKIT_PROGRESS: "plain" });
  let chosen: Builder | undefined;
  let exported: readonly string[] = [];

  return {
    name: "buildx",
    cacheExports: async () => ["inline", "registry", "gha", "local", "s3", "azblob"],
    async verify(plan, signal) {
      checkFit(plan, "buildx");
      checkOutputs(plan);
      const buildx: Program = (args, watch) => call(["buildx", ...args], watch);
      const version = await ask("docker buildx", buildx, ["version"], signal);
      if (version.kind === "silent") throw new ShipError("ENGINE_UNAVAILABLE", version.reason);
      options.log.info(`Docker Buildx: ${version.text}`);
    },
    async build(plan, signal) {
      const session = { call, options, signal };
      chosen ??= await chooseBuilder(plan, session);
      const result = await buildxCall(plan, "build", chosen, session);
      if (result.exitCode !== 0) throw buildFailure(result.lines, result.progress);
      exported = result.progress.configs();
      return builtImage(plan, result, chosen, session);
    },
    run: (built, words, signal) => tryImage(built.local, words, { call, options, signal }),
    async push(plan, _built, attempts, signal) {
      const session = { call, options, signal };
      const builder = chosen;
      if (builder === undefined) throw new ShipError("UNEXPECTED", "Nothing was built that could be pushed.");
      if (builder.kind === "docker") return pushReferences(plan.references, attempts, session);
      return pushWithRetries(() => pushFromCache(plan, exported, builder, session), attempts, session);
    },
    async close() {
      if (chosen?.origin === "private") await removeBuilder(chosen.name, options);
      chosen = undefined;
    },
  };
}

async function builtImage(
  plan: BuildPlan,
  result: BuildxResult,
  builder: Builder,
  session: Session,
): Promise<BuiltImage> {
  const inStore = builder.kind === "docker" || plan.keep === "store";
  const loaded =
    !inStore || loadsDirectly(plan, builder) ? result : await load(plan, result, builder, session);
  const store = inStore ? await inspectImage([loaded.id, ...plan.references], session) : undefined;
  return {
    id: result.id ?? store?.id ?? "",
    sizeBytes: store?.sizeBytes,
    platforms: plan.platforms.length === 0 && store ? [store.platform] : plan.platforms,
    local: store?.name,
    steps: result.progress.steps(),
    warnings: result.progress.warnings(),
    metadata: result.metadata.document,
    parts: [],
  };
}

/** Puts the machine's own platform, or the only one, into Docker's store, from the cache. */
async function load(
  plan: BuildPlan,
  built: BuildxResult,
  builder: Builder,
  session: Session,
): Promise<BuildxResult> {
  const loaded = await buildxCall(plan, "load", builder, session);
  if (loaded.exitCode !== 0) throw buildFailure(loaded.lines, loaded.progress);
  checkSameBits("loaded", built.progress.configs(), loaded.progress.configs());
  return loaded;
}

async function pushFromCache(
  plan: BuildPlan,
  exported: readonly string[],
  builder: Builder,
  session: Session,
): Promise<Publication> {
  const pushed = await buildxCall(plan, "push", builder, session);
  if (pushed.exitCode !== 0) throw pushFailure(plan.references.join(", "), pushed.lines);
  checkSameBits("pushed", exported, pushed.progress.configs());
  const { digest } = pushed.metadata;
  return { kind: "complete", digests: new Map(plan.references.map((reference) => [reference, digest])) };
}

/**
 * The later calls of a build only fetch its result from the cache. Where that has lost it, or a base image has moved since, they
 * build other bits than those that were tested. @throws ShipError `DIGEST_MISMATCH`
 */
function checkSameBits(
  done: "loaded" | "pushed",
  built: readonly string[],
  fetched: readonly string[],
): void {
  const strange = fetched.filter((config) => !built.includes(config));
  if (built.length === 0 || strange.length === 0) return;
  throw new ShipError(
    "DIGEST_MISMATCH",
    `The image that was ${done} is ${strange.join(", ")}, but ${built.join(", ")} was built: the builder's cache did not keep it, or a base image moved in between.`,
    { hint: "Run again; name base images by digest, so that they cannot move." },
  );
}
