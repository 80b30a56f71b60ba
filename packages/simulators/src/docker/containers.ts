import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFlags } from "./flags.ts";
import { loadImage, type Store } from "./image-store.ts";
import { print, refuse } from "./program.ts";

const runFlags = {
  switches: ["rm", "init", "detach", "interactive", "tty", "read-only"],
  values: ["name", "network", "env", "volume", "entrypoint", "user", "platform", "workdir"],
  short: { d: "detach", i: "interactive", t: "tty", e: "env", v: "volume" },
};

/**
 * `docker run`: the command is run on this machine, in a process group of its own as a daemon would, so that it outlives the
 * command line.
 */
export async function run(args: readonly string[], store: Store): Promise<void> {
  const first = imagePosition(args);
  const flags = readFlags("docker run", runFlags, args.slice(0, first));
  const [image = "", ...words] = args.slice(first);
  if (!loadImage(store, image))
    refuse(
      `Unable to find image '${image}' locally\ndocker: Error response from daemon: No such image: ${image}.`,
      125,
    );
  const entrypoint = flags.one("entrypoint");
  const command = entrypoint === undefined ? words : [entrypoint, ...words];
  const [program = "true", ...rest] = /(?:^|\/)busybox$/.test(command[0] ?? "") ? command.slice(1) : command;
  // Its output goes through this program, as through a daemon: what is left running holds no pipe of the caller.
  const child = spawn(program, rest, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(process.stdout);
  child.stderr.pipe(process.stderr);
  const name = flags.one("name") ?? `container-${process.pid}`;
  const file = fileOf(store, name);
  if (child.pid !== undefined) writeFileSync(file, String(child.pid));
  const exitCode = await ended(child, program);
  rmSync(file, { force: true });
  process.exit(exitCode);
}

/** `docker rm`. */
export function removeContainer(args: readonly string[], store: Store): void {
  const words = readFlags(
    "docker rm",
    { switches: ["force", "volumes"], values: [], short: { f: "force", v: "volumes" } },
    args,
  );
  for (const name of words.positionals) {
    const file = fileOf(store, name);
    if (!existsSync(file)) refuse(`Error response from daemon: No such container: ${name}`);
    try {
      process.kill(-Number(readFileSync(file, "utf8")), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    rmSync(file, { force: true });
    print(name);
  }
}

/** Flags end where the image's name stands. */
function imagePosition(args: readonly string[]): number {
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    if (!word.startsWith("-")) return index;
    if (runFlags.values.includes(word.slice(2))) index += 1;
  }
  return args.length;
}

function ended(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve) => {
    child.on("error", () => {
      process.stderr.write(
        `docker: Error response from daemon: failed to create task for container: exec: "${program}": executable file not found in $PATH: unknown\n`,
      );
      resolve(127);
    });
    child.on("close", (code) => resolve(code ?? 137));
  });
}

function fileOf({ directory }: Store, name: string): string {
  mkdirSync(join(directory, "containers"), { recursive: true });
  return join(directory, "containers", encodeURIComponent(name));
}
