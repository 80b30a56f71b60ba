import type { BuildPlan } from "./build-plan.ts";
import type { BuiltImage, Publication } from "./built-image.ts";

/** Programs that build images. */
export type EngineName = "buildx" | "docker" | "buildah" | "podman";

/** Places that a build cache can be written to. */
export type CacheExport = "inline" | "registry" | "gha" | "local" | "s3" | "azblob";

/**
 * A program that builds, runs and pushes images. Cancelling ends its whole process tree; secrets reach it by files of mode
 * 0600 or its environment, never by its arguments.
 */
export interface ImageEngine {
  readonly name: EngineName;
  /** What `cacheTo` may name. It may depend on the program's release, which is asked for then. */
  cacheExports(signal: AbortSignal): Promise<readonly CacheExport[]>;
  /**
   * Asks the engine whether it answers and can do what is planned, before anything is built.
   * @throws ShipError `ENGINE_UNAVAILABLE` or `TOOL_MISSING` saying why nothing answers; `ENGINE_UNFIT` naming each option that
   * this engine cannot do and the engines that can
   */
  verify(plan: BuildPlan, signal: AbortSignal): Promise<void>;
  /** @throws ShipError `BUILD_FAILED` with the failing instruction and its last lines */
  build(plan: BuildPlan, signal: AbortSignal): Promise<BuiltImage>;
  /**
   * Runs the built image with `words` as its command line, and removes the container.
   * @throws ShipError `IMAGE_TEST_FAILED` with the exit code and the last lines; the image has to be in the store (`keep`)
   */
  run(built: BuiltImage, words: readonly string[], signal: AbortSignal): Promise<void>;
  /**
   * Pushes what was built under every reference of the plan. Outages, throttling and broken connections are tried again, up to
   * `attempts` in all; refusals are not.
   * @throws ShipError `PUSH_FAILED` in the registry's words; `DIGEST_MISMATCH` when other bits than those built would be pushed
   */
  push(plan: BuildPlan, built: BuiltImage, attempts: number, signal: AbortSignal): Promise<Publication>;
  /** Ends what the engine started for this step alone, such as a private builder. Harmless when repeated. */
  close(): Promise<void>;
}
