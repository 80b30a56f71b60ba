import type { EngineName, ImageEngine } from "#ship/images";
import { ShipError } from "#ship/kit";
import { createBuildahEngine } from "../buildah/engine.ts";
import { driverOf } from "../buildx/builder.ts";
import { createBuildxEngine } from "../buildx/engine.ts";
import { createDockerEngine } from "../plain/engine.ts";
import type { EngineOptions } from "./options.ts";
import { type Answer, ask, program } from "./program.ts";

/** Which engine is to build; `auto` takes the first that answers. */
export type EngineWish = "auto" | EngineName;

/** Creates an engine without asking whether it answers. */
export function createEngine(name: EngineName, options: EngineOptions): ImageEngine {
  switch (name) {
    case "buildx":
      return createBuildxEngine(options);
    case "docker":
      return createDockerEngine(options);
    case "buildah":
    case "podman":
      return createBuildahEngine(name, options);
  }
}

/**
 * Chooses the engine: docker with Buildx where both answer, docker alone, buildah, podman. Whether it can do what is planned is
 * for `verify` to say.
 * @throws ShipError `ENGINE_UNAVAILABLE` with what each engine said
 */
export async function chooseEngine(
  wish: EngineWish,
  options: EngineOptions,
  signal: AbortSignal,
): Promise<ImageEngine> {
  if (wish !== "auto") return createEngine(wish, options);
  const docker = program("docker", options);
  const buildx = (args: readonly string[]) => ask("docker buildx", docker, ["buildx", ...args], signal);
  const daemon = await ask("docker", docker, ["version", "--format", "{{.Server.Version}}"], signal);
  if (daemon.kind === "answers" || !daemon.reason.includes("not on PATH")) {
    const plugin = await buildx(["version"]);
    if (plugin.kind === "answers" && (daemon.kind === "answers" || (await standsAlone(buildx))))
      return createEngine("buildx", options);
  }
  if (daemon.kind === "answers") return createEngine("docker", options);
  const reasons = [daemon.reason];
  for (const name of ["buildah", "podman"] as const) {
    const answer = await ask(name, program(name, options), ["--version"], signal);
    if (answer.kind === "answers") {
      options.log.info(`${reasons.join("; ")}. ${answer.text} builds instead.`);
      return createEngine(name, options);
    }
    reasons.push(answer.reason);
  }
  throw new ShipError("ENGINE_UNAVAILABLE", reasons.join("; "));
}

/** A builder that runs elsewhere needs no docker daemon here. */
async function standsAlone(buildx: (args: readonly string[]) => Promise<Answer>): Promise<boolean> {
  const inspected = await buildx(["inspect"]);
  const driver = inspected.kind === "answers" ? driverOf(inspected.text) : undefined;
  return driver !== undefined && !["docker", "docker-container"].includes(driver);
}
