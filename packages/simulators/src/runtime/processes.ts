import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerEvents, ContainerRuntime, ContainerSpec, RunningContainer } from "../ports.ts";
import { guardGroup } from "./guard.ts";
import { followLines } from "./lines.ts";
import { freeLoopbackPort } from "./ports.ts";
import { systemCode } from "./system-code.ts";

/** The program that stands for an image. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory, absolute. */
  readonly cwd: string;
  /** Whole environment of the process besides what the container definition adds; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ProcessRuntimeOptions {
  /** The program of an image; undefined or a rejection means the image cannot be pulled. */
  readonly resolve: (
    image: string,
    container: ContainerSpec,
  ) => Program | undefined | Promise<Program | undefined>;
}

/** Ends a whole process group. A group that is gone already is no error. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (cause) {
    if (systemCode(cause) !== "ESRCH") throw cause;
  }
}

/** Waits for the end at most so long; answers whether it came. */
async function endsWithin(ended: Promise<void>, milliseconds: number): Promise<boolean> {
  const stop = new AbortController();
  const limit = sleep(milliseconds, false, { signal: stop.signal }).catch(() => false);
  const first = await Promise.race([ended.then(() => true), limit]);
  stop.abort();
  return first;
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return signal === "SIGKILL" ? 137 : signal === "SIGTERM" ? 143 : 139;
}

async function execute(
  program: Program,
  environment: Record<string, string>,
  command: readonly string[],
  timeoutMilliseconds: number,
): Promise<number> {
  const [file, ...args] = command;
  if (file === undefined) return 1;
  const child = spawn(file, args, { cwd: program.cwd, env: environment, stdio: "ignore", detached: true });
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code, signal) => resolve(exitCodeOf(code, signal)));
  });
  if (
    !(await endsWithin(
      ended.then(() => undefined),
      timeoutMilliseconds,
    ))
  )
    signalGroup(child, "SIGKILL");
  return ended;
}

/**
 * Tasks as real processes of this machine: each container is a process group of its own with `PORT` set to a free
 * loopback port, which is where its first container port answers. Other container ports get `PORT_<port>`.
 */
export function processRuntime({ resolve }: ProcessRuntimeOptions): ContainerRuntime {
  const live = new Set<{ readonly child: ChildProcess; readonly ended: Promise<void> }>();
  let closed = false;

  async function programOf(spec: ContainerSpec): Promise<Program> {
    let cause: unknown;
    const program = await Promise.resolve()
      .then(() => resolve(spec.image, spec))
      .catch((failure: unknown) => {
        cause = failure;
        return undefined;
      });
    if (program) return program;
    const detail = cause instanceof Error ? cause.message : "not found";
    throw new Error(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${spec.image}: ${spec.image}: ${detail}`,
    );
  }

  async function start(spec: ContainerSpec, events: ContainerEvents): Promise<RunningContainer> {
    const program = await programOf(spec);
    const ports = new Map<number, number>();
    for (const port of spec.ports.length > 0 ? spec.ports : [0]) ports.set(port, await freeLoopbackPort());
    const first = [...ports.values()][0];
    const environment = {
      ...program.env,
      ...spec.environment,
      ...Object.fromEntries([...ports].map(([port, local]) => [`PORT_${port}`, String(local)])),
      PORT: String(first),
    };
    if (closed) throw new Error("CannotStartContainerError: the container runtime is closed");
    const words = [...(spec.entryPoint ?? []), ...(spec.command ?? [])];
    const [command = program.command, ...args] =
      words.length > 0 ? words : [program.command, ...program.args];
    const child = spawn(command, args, {
      cwd: program.cwd,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "close").then(() => undefined);
    const entry = { child, ended };
    await new Promise<void>((started, failed) => {
      child.once("spawn", started);
      child.once("error", (cause) => failed(new Error(`CannotStartContainerError: ${cause.message}`)));
    });
    live.add(entry);
    const dismissGuard = child.pid === undefined ? () => undefined : guardGroup(child.pid);
    followLines([child.stdout, child.stderr], events.output);
    child.once("exit", () => signalGroup(child, "SIGKILL"));
    child.once("close", (code, signal) => {
      live.delete(entry);
      dismissGuard();
      events.exited({ exitCode: exitCodeOf(code, signal) });
    });
    if (closed) signalGroup(child, "SIGKILL");
    return {
      endpoint: (containerPort) => {
        const port = ports.get(containerPort);
        return port === undefined ? undefined : { host: "127.0.0.1", port };
      },
      async stop(graceMilliseconds) {
        if (!live.has(entry)) return;
        signalGroup(child, "SIGTERM");
        if (await endsWithin(ended, graceMilliseconds)) return;
        signalGroup(child, "SIGKILL");
        await ended;
      },
      execute: (words, timeout) => execute(program, environment, words, timeout),
    };
  }

  return {
    start,
    async close() {
      closed = true;
      for (const { child } of live) signalGroup(child, "SIGKILL");
      await Promise.all([...live].map(({ ended }) => ended));
    },
  };
}
