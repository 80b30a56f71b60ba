import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { eventually } from "./eventually.ts";

/** `npm run rehearse`, as a person started it. */
export interface StartedRehearsal {
  readonly child: ChildProcess;
  output(): string;
  readonly exitCode: Promise<number | null>;
}

/** A folder for all files of one rehearsal, by which its processes can be told. */
export function rehearsalFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ship-rehearsal-test-"));
  // As root the database runs as another user, who must get there.
  chmodSync(folder, 0o711);
  return folder;
}

/** Starts `npm run rehearse -- words` with `folder` for its files; `dockerHost` is where it looks for an engine. */
export function startRehearsal(
  folder: string,
  dockerHost: string | undefined,
  words: readonly string[],
): StartedRehearsal {
  const child = spawn("npm", ["run", "--silent", "rehearse", "--", ...words], {
    env: {
      PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
    },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, as a shell gives a command of a terminal.
    detached: true,
  });
  let text = "";
  const listen = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  return {
    child,
    output: () => text,
    exitCode: new Promise<number | null>((resolve) => child.once("close", resolve)),
  };
}

/** A rehearsal that has ended. */
export interface EndedRehearsal {
  readonly exitCode: number | null;
  readonly output: string;
  /** Held its files. */
  readonly folder: string;
}

/** Several rehearsals under way. */
export interface Rehearsals {
  /** Resolves when the rehearsal of that scenario has ended. */
  ended(scenario: string): Promise<EndedRehearsal>;
  /** Ends those that are still running, and removes all folders. */
  stop(): Promise<void>;
}

/** How many run side by side: they wait most of the time, and on two processors more would be seen by the canaries. */
const places = 2;

/** Rehearses these scenarios side by side, in their order, where no container engine answers. */
export function startRehearsals(scenarios: readonly string[]): Rehearsals {
  const waiting = [...scenarios];
  const folders: string[] = [];
  const running = new Set<StartedRehearsal>();
  const results = new Map(scenarios.map((scenario) => [scenario, Promise.withResolvers<EndedRehearsal>()]));
  const work = async () => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      const folder = rehearsalFolder();
      folders.push(folder);
      const run = startRehearsal(folder, `unix://${folder}/no-engine.sock`, ["--scenario", scenario]);
      running.add(run);
      const exitCode = await run.exitCode;
      running.delete(run);
      results.get(scenario)?.resolve({ exitCode, output: run.output(), folder });
    }
  };
  const done = Promise.all(Array.from({ length: places }, work));
  return {
    async ended(scenario) {
      const result = results.get(scenario);
      if (!result) throw new Error(`${scenario} is not one of ${scenarios.join(", ")}.`);
      return result.promise;
    },
    async stop() {
      waiting.length = 0;
      for (const { child } of running) child.kill("SIGTERM");
      await done;
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Command lines of the processes that name the rehearsal's folder in their command line or environment. */
export function processesOf(folder: string): string[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => `${read(pid, "cmdline")}${read(pid, "environ")}`.includes(folder))
    .map((pid) => read(pid, "cmdline"))
    .filter((line) => line !== "");
}

/** Rejects when a process or a folder of the rehearsal is still there after 15 seconds. */
export async function nothingLeft(folder: string): Promise<void> {
  const gone = (what: string, look: () => boolean) => eventually(what, look, 15_000);
  await gone("every process of the rehearsal to end", () => processesOf(folder).length === 0);
  await gone("the rehearsal's folder to be removed", () =>
    readdirSync(folder).every((name) => !name.startsWith("ship-rehearsal-")),
  );
}

/** The row that begins with `name` in one of the tables at the end. */
export function endRow(output: string, name: string): string {
  const tables = output.slice(output.indexOf("What happened"));
  return tables.split("\n").find((line) => line.startsWith(name)) ?? "";
}
