import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuildPlan, BuiltImage, ImageEngine } from "#ship/images";
import {
  type Clock,
  type Completed,
  type Environment,
  type Exec,
  type Log,
  type RetryVerdict,
  retry,
  ShipError,
} from "#ship/kit";
import type { DockerConfig } from "./config.ts";
import { buildFailure, pushFailure } from "./failure.ts";

/** What the docker command line works with. */
export interface DockerOptions {
  readonly exec: Exec;
  readonly environment: Environment;
  readonly config: DockerConfig;
  readonly clock: Clock;
  readonly log: Log;
}

/** What registries say when trying again may help (docker CLI texts for 429, 5xx and broken connections). */
const passing =
  /toomanyrequests|too many requests|received unexpected HTTP status: 5\d\d|50[0234] |connection reset|broken pipe|EOF|timeout|TLS handshake/i;
const pushPolicy = {
  baseMilliseconds: 1_000,
  capMilliseconds: 15_000,
  budgetMilliseconds: 180_000,
};

/** The docker command line with BuildKit, unless the job sets DOCKER_BUILDKIT=0. */
export function createDockerEngine(options: DockerOptions): ImageEngine {
  const docker = (
    args: readonly string[],
    signal: AbortSignal,
    onLine?: (line: string) => void,
  ): Promise<Completed> =>
    options.exec({
      program: "docker",
      arguments: args,
      environment: {
        // The job may choose the classic builder, where the command line came without BuildKit.
        DOCKER_BUILDKIT: "1",
        ...options.environment.childVariables(),
        DOCKER_CONFIG: options.config.directory,
        BUILDKIT_PROGRESS: "plain",
      },
      signal,
      ...(onLine && { onLine }),
    });
  return {
    name: "docker",
    cacheExports: ["inline"],
    async verify(_plan, signal) {
      const { exitCode, stdout, stderr } = await docker(
        ["version", "--format", "{{.Server.Version}}"],
        signal,
      );
      if (exitCode !== 0) throw new ShipError("ENGINE_UNAVAILABLE", `docker version: ${lastLine(stderr)}`);
      options.log.info(`Docker engine ${stdout.trim()}`);
    },
    build: (plan, signal) => build(plan, options, docker, signal),
    async run(built, words, signal) {
      const lines: string[] = [];
      const { exitCode } = await docker(["run", "--rm", built.id, ...words], signal, (line) => {
        lines.push(line);
        options.log.quote("test", line);
      });
      if (exitCode !== 0)
        throw new ShipError("IMAGE_TEST_FAILED", `${words.join(" ")} ended with ${exitCode}.`);
    },
    async push(plan, _built, attempts, signal) {
      const digests = new Map<string, string | undefined>();
      for (const reference of plan.references) {
        await pushReference(reference, attempts, options, docker, signal);
        digests.set(reference, await pushedDigest(reference, docker, signal));
      }
      return { kind: "complete", digests };
    },
    async close() {},
  };
}

async function pushReference(
  reference: string,
  attempts: number,
  options: DockerOptions,
  docker: Docker,
  signal: AbortSignal,
): Promise<void> {
  await retry(
    async () => {
      const lines: string[] = [];
      const { exitCode } = await docker(["push", reference], signal, (line) => lines.push(line));
      if (exitCode !== 0) throw pushFailure(reference, lines);
    },
    {
      clock: options.clock,
      signal,
      policy: { ...pushPolicy, attempts },
      judge: judgePush,
      onRetry: (error) => options.log.info(`${error}; trying again`),
    },
  );
}

async function pushedDigest(
  reference: string,
  docker: Docker,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { exitCode, stdout } = await docker(
    ["image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', reference],
    signal,
  );
  if (exitCode !== 0) return undefined;
  const name = reference.slice(0, reference.lastIndexOf(":"));
  return stdout
    .split("\n")
    .find((digest) => digest.startsWith(`${name}@`))
    ?.slice(name.length + 1);
}

type Docker = (
  args: readonly string[],
  signal: AbortSignal,
  onLine?: (line: string) => void,
) => Promise<Completed>;

async function build(
  plan: BuildPlan,
  { environment, log }: DockerOptions,
  docker: Docker,
  signal: AbortSignal,
): Promise<BuiltImage> {
  const temporary = await mkdtemp(join(environment.temporary, "ship-build-"));
  const idFile = join(temporary, "image-id");
  const lines: string[] = [];
  try {
    const { exitCode } = await docker(["build", ...buildArguments(plan, idFile)], signal, (line) => {
      lines.push(line);
      log.quote("docker", line);
    });
    if (exitCode !== 0) throw buildFailure(lines);
    const id = (await readFile(idFile, "utf8")).trim();
    const { stdout } = await docker(["image", "inspect", "--format", "{{.Size}}", id], signal);
    return {
      id,
      sizeBytes: Number(stdout.trim()),
      platforms: plan.platforms,
      local: id,
      steps: [],
      warnings: [],
      metadata: undefined,
      parts: [],
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function buildArguments(plan: BuildPlan, idFile: string): string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const pairs = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).map(([key, value]) => `${key}=${value}`);
  return [
    "--iidfile",
    idFile,
    ...each("--tag", plan.references),
    ...each("--label", pairs(plan.labels)),
    ...each("--build-arg", pairs(plan.buildArgs)),
    ...(plan.file ? ["--file", plan.file] : []),
    ...(plan.target ? ["--target", plan.target] : []),
    ...(plan.pull === "always" ? ["--pull"] : []),
    ...(plan.cache === "ignore" ? ["--no-cache"] : []),
    plan.context,
  ];
}

function judgePush(error: unknown): RetryVerdict {
  return error instanceof ShipError && passing.test(error.message) ? "retry" : "give-up";
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
