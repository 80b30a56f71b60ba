/** A real BuildKit daemon with a real Buildx in front of it: `docker-buildx` and `buildkitd` have to be on PATH. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface Buildx extends AsyncDisposable {
  /** A configuration of Docker that has Buildx as its plugin and knows the builder. */
  readonly environment: Readonly<Record<string, string>>;
  /** Name of a builder at the daemon. */
  readonly builder: string;
}

const startMilliseconds = 20_000;
const builder = "ship-integration";

/** Starts BuildKit with a folder of its own. Fails with its log when it does not answer. */
export async function startBuildx(): Promise<Buildx> {
  const folder = mkdtempSync(join(tmpdir(), "ship-buildkit-"));
  const socket = join(folder, "buildkit.sock");
  const config = join(folder, "config");
  mkdirSync(join(config, "cli-plugins"), { recursive: true });
  // The folder is linked into each step's own configuration, so it has to be there.
  mkdirSync(join(config, "buildx"));
  symlinkSync(onPath("docker-buildx"), join(config, "cli-plugins/docker-buildx"));
  const daemon = spawn(
    "buildkitd",
    [
      ...["--addr", `unix://${socket}`, "--root", join(folder, "root")],
      ...["--oci-worker-net=host", "--containerd-worker=false"],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const stop = async () => {
    await stopped(daemon);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(daemon, socket);
    const environment = { DOCKER_CONFIG: config };
    const created = spawnSync(
      "docker",
      ["buildx", "create", "--name", builder, "--driver", "remote", `unix://${socket}`],
      { encoding: "utf8", env: { ...process.env, ...environment } },
    );
    if (created.status !== 0) throw new Error(`docker buildx create: ${created.stderr}`);
    return { environment, builder, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function onPath(program: string): string {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find(existsSync);
  if (found === undefined) throw new Error(`${program} is not on PATH.`);
  return found;
}

async function answers(daemon: ChildProcess, socket: string): Promise<void> {
  let log = "";
  let failure: string | undefined;
  const keep = (text: Buffer) => {
    log += text;
  };
  daemon.stdout?.on("data", keep);
  daemon.stderr?.on("data", keep);
  daemon.on("error", (error) => {
    failure = error.message;
  });
  daemon.on("exit", (status) => {
    failure = `it ended with ${status}`;
  });
  const end = Date.now() + startMilliseconds;
  while (Date.now() < end && failure === undefined) {
    if (existsSync(socket) && log.includes("running server on")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`buildkitd does not answer: ${failure ?? "time is up"}.\n${log}`);
}

function stopped(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    daemon.on("exit", () => resolve());
    daemon.kill();
  });
}
