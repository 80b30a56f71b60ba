import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("command.ts", import.meta.url));

/** A folder that stands for an installed Docker: put it first on PATH. */
export interface InstalledDocker {
  readonly path: string;
  /** Ends (or revives) the engine behind the command line. */
  setEngine(state: "running" | "down"): Promise<void>;
}

/**
 * Installs a stand-in `docker` program into a folder. It reads Dockerfiles line by line, builds images of one layer, and
 * pushes them over the real registry protocol; `RUN false` fails and `RUN sleep 60` waits as they would in a build.
 */
export async function installDocker(directory: string): Promise<InstalledDocker> {
  const state = join(directory, "engine");
  await mkdir(state, { recursive: true });
  const program = join(directory, "docker");
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  await writeFile(
    program,
    `#!/bin/sh\nexec ${quote(process.execPath)} --no-warnings ${quote(command)} ${quote(state)} "$@"\n`,
  );
  await chmod(program, 0o755);
  return {
    path: directory,
    setEngine: (engine) => writeFile(join(state, "engine-state"), engine),
  };
}
