import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { promisify } from "node:util";
import type { ContainerEvents, ContainerRuntime, ContainerSpec, RunningContainer } from "../ports.ts";
import { followLines } from "./lines.ts";
import { freeLoopbackPort } from "./ports.ts";
import { systemCode } from "./system-code.ts";

export interface ContainersRuntimeOptions {
  /** Value of the label `ship.simulator`: containers with the same value belong together and can be swept. */
  readonly owner: string;
  /** The docker program; `docker` from PATH unless told. */
  readonly docker?: string;
}

const LABEL = "ship.simulator";
const run = promisify(execFile);

const messageOf = (cause: unknown) => {
  const text =
    typeof cause === "object" && cause !== null && "stderr" in cause ? String(cause.stderr) : String(cause);
  const said = text.trim().split("\n");
  return said.find((line) => line.startsWith("Error response from daemon:")) ?? said.at(-1) ?? "";
};

/** Removes every container that an earlier run with this owner left behind; answers how many there were. */
export async function sweepContainers(owner: string, docker = "docker"): Promise<number> {
  const { stdout } = await run(docker, ["ps", "--all", "--quiet", "--filter", `label=${LABEL}=${owner}`]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await run(docker, ["rm", "--force", ...ids]);
  return ids.length;
}

/**
 * Tasks as real containers of a Docker engine, on the host's network: `PORT` is a free loopback port where the first
 * container port answers, `PORT_<port>` the same for each. Environment values go by name, never on the command line.
 */
export function containersRuntime({ owner, docker = "docker" }: ContainersRuntimeOptions): ContainerRuntime {
  const live = new Map<string, { readonly follower: ChildProcess; readonly ended: Promise<void> }>();

  async function pull(image: string): Promise<void> {
    const present = await run(docker, ["image", "inspect", "--format", "{{.Id}}", image]).then(
      () => true,
      () => false,
    );
    if (present) return;
    await run(docker, ["pull", "--quiet", image]).catch((cause: unknown) => {
      throw new Error(`CannotPullContainerError: ${messageOf(cause)}`);
    });
  }

  async function create(
    spec: ContainerSpec,
    name: string,
    environment: Record<string, string>,
  ): Promise<void> {
    const entryPoint = spec.entryPoint ?? [];
    const args = [
      "create",
      "--name",
      name,
      "--network",
      "host",
      "--label",
      `${LABEL}=${owner}`,
      ...Object.keys(environment).flatMap((key) => ["--env", key]),
      ...(entryPoint[0] === undefined ? [] : ["--entrypoint", entryPoint[0]]),
      spec.image,
      ...entryPoint.slice(1),
      ...(spec.command ?? []),
    ];
    await run(docker, args, { env: { ...process.env, ...environment } }).catch((cause: unknown) => {
      throw new Error(`CannotStartContainerError: ${messageOf(cause)}`);
    });
  }

  async function startCreated(name: string): Promise<void> {
    await run(docker, ["start", name]).catch(async (cause: unknown) => {
      await run(docker, ["rm", "--force", name]).catch(() => undefined);
      throw new Error(`CannotStartContainerError: ${messageOf(cause)}`);
    });
  }

  async function exitOf(name: string): Promise<number | undefined> {
    const answer = await run(docker, ["inspect", "--format", "{{.State.ExitCode}}", name]).catch(
      () => undefined,
    );
    return answer === undefined ? undefined : Number(answer.stdout.trim());
  }

  async function start(spec: ContainerSpec, events: ContainerEvents): Promise<RunningContainer> {
    await pull(spec.image);
    const ports = new Map<number, number>();
    for (const port of spec.ports) ports.set(port, await freeLoopbackPort());
    const first = [...ports.values()][0] ?? (await freeLoopbackPort());
    const environment = {
      ...spec.environment,
      ...Object.fromEntries([...ports].map(([port, local]) => [`PORT_${port}`, String(local)])),
      PORT: String(first),
    };
    const name = `ship-${randomUUID()}`;
    await create(spec, name, environment);
    await startCreated(name);
    const follower = spawn(docker, ["logs", "--follow", name], { stdio: ["ignore", "pipe", "pipe"] });
    followLines([follower.stdout, follower.stderr], events.output);
    const ended = once(follower, "close").then(async () => {
      const exitCode = await exitOf(name);
      await run(docker, ["rm", "--force", name]).catch(() => undefined);
      live.delete(name);
      events.exited(
        exitCode === undefined
          ? { reason: "CannotInspectContainerError: the engine no longer knows the container" }
          : { exitCode },
      );
    });
    live.set(name, { follower, ended });
    return {
      endpoint: (containerPort) => {
        const port = ports.get(containerPort);
        return port === undefined ? undefined : { host: "127.0.0.1", port };
      },
      async stop(graceMilliseconds) {
        if (!live.has(name)) return;
        const seconds = Math.max(1, Math.ceil(graceMilliseconds / 1_000));
        await run(docker, ["stop", "--time", String(seconds), name]).catch(() => undefined);
        await ended;
      },
      execute: (command, timeout) =>
        run(docker, ["exec", name, ...command], { timeout }).then(
          () => 0,
          (cause: unknown) => {
            const code = systemCode(cause);
            return typeof code === "number" ? code : 1;
          },
        ),
    };
  }

  return {
    start,
    async close() {
      const names = [...live.keys()];
      if (names.length > 0) await run(docker, ["rm", "--force", ...names]).catch(() => undefined);
      await Promise.all([...live.values()].map(({ ended }) => ended));
    },
  };
}
