import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { forgetSteps } from "./dockerfile.ts";
import { type RecordedCall, recordedCalls } from "./record.ts";

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A folder that stands for an installed container program: put it first on PATH. */
export interface InstalledEngine {
  readonly path: string;
  /** Every call so far with its arguments and environment, oldest first. */
  calls(): readonly RecordedCall[];
  /** Forgets what was carried out, as a builder that has lost its cache. */
  prune(): void;
}

/** An installed Docker. */
export interface InstalledDocker extends InstalledEngine {
  /** Ends (or revives) the engine behind the command line. */
  setEngine(state: "running" | "down"): Promise<void>;
  /** Takes the Buildx plugin away, or puts it there. */
  setBuildx(state: "present" | "absent"): Promise<void>;
  /** Chooses the release of the command line; before 23 it has BuildKit embedded. */
  setClient(version: string): Promise<void>;
}

/**
 * Installs a stand-in `docker` program into a folder, a recent one with Buildx. It reads Dockerfiles line by line, builds images
 * of one layer, and pushes them over the real registry protocol; `RUN false` fails and `RUN sleep 60` waits as they would in a
 * build, and `docker run` runs the command on this machine.
 */
export async function installDocker(directory: string): Promise<InstalledDocker> {
  const state = await install(directory, "docker", script("command.ts"));
  return {
    ...installed(directory, state),
    setEngine: (engine) => writeFile(join(state, "engine-state"), engine),
    setBuildx: (buildx) => writeFile(join(state, "buildx-state"), buildx),
    setClient: (version) => writeFile(join(state, "client-version"), version),
  };
}

/** Installs a stand-in `buildah` or `podman` program into a folder. It builds and pushes as the stand-in docker does. */
export async function installBuildah(
  directory: string,
  name: "buildah" | "podman" = "buildah",
): Promise<InstalledEngine> {
  return installed(directory, await install(directory, name, script("buildah.ts"), [name]));
}

function installed(directory: string, state: string): InstalledEngine {
  return { path: directory, calls: () => recordedCalls(state), prune: () => forgetSteps(state) };
}

async function install(
  directory: string,
  name: string,
  command: string,
  words: readonly string[] = [],
): Promise<string> {
  const state = join(directory, name === "docker" ? "engine" : `${name}-state`);
  await mkdir(state, { recursive: true });
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const start = [process.execPath, "--no-warnings", command, state, ...words].map(quote).join(" ");
  await writeFile(
    join(directory, name),
    `#!/bin/sh\nNODE_COMPILE_CACHE=${quote(join(state, "compiled"))} exec ${start} "$@"\n`,
  );
  await chmod(join(directory, name), 0o755);
  return state;
}
