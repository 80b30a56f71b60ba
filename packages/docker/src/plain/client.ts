import type { EngineOptions } from "../engine/options.ts";
import { ask, type Program, program } from "../engine/program.ts";

/** The docker command line without Buildx. */
export interface DockerClient {
  readonly builder: "docker" | "classic";
  readonly call: Program;
}

/** From this release on the command line has no BuildKit of its own: without Buildx only the classic builder is left. */
const firstWithoutBuildKit = 23;

/**
 * The command line with its embedded BuildKit, where it has one and the job does not set DOCKER_BUILDKIT=0; else with the
 * classic builder (docker/cli: cmd/docker/builder.go).
 */
export async function dockerClient(options: EngineOptions, signal: AbortSignal): Promise<DockerClient> {
  const bare = program("docker", options);
  const version = await ask("docker", bare, ["--version"], signal);
  const major = version.kind === "answers" ? Number(/version (\d+)\./.exec(version.text)?.[1] ?? 0) : 0;
  const wish = options.environment.variable("DOCKER_BUILDKIT");
  const builder = wish === "0" || major >= firstWithoutBuildKit ? "classic" : "docker";
  return {
    builder,
    call: program("docker", options, {
      DOCKER_BUILDKIT: builder === "docker" ? "1" : "0",
      BUILDKIT_PROGRESS: "plain",
    }),
  };
}
