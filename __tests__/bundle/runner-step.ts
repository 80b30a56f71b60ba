import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";

/** How to run one step of a committed bundle. */
export interface StepOptions {
  /** Folder below dist/. */
  readonly action: string;
  /** What stands under `with:`; the defaults of action.yml are added as the runner does. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly workspace?: string;
  /** Sends SIGINT once the output matches, as a cancellation does. */
  readonly interruptAt?: RegExp;
  /** Kills the step once the output matches, as a runner does whose patience is over. */
  readonly killAt?: RegExp;
  /** Sends SIGINT once this is true of the world, looked at every 20 ms. */
  readonly interruptWhen?: () => boolean;
  /** Kills the step once this is true of the world, looked at every 20 ms. */
  readonly killWhen?: () => boolean;
  /** Runs the post step with the state that main saved. */
  readonly post?: "run";
}

/** What a step left behind. */
export interface StepResult {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly stdout: string;
  /** `::error::` annotations, unescaped. */
  readonly errors: readonly string[];
  /** Milliseconds from SIGINT to the end of the process; absent without one. */
  readonly tookToStop?: number;
  /** The post step, when one was asked for. */
  readonly post?: Omit<StepResult, "post">;
}

interface Manifest {
  readonly inputs?: Record<string, { default?: unknown }>;
}

/** Node keeps here what it has compiled of the bundles, so that only the first of many runs pays for it. */
const compiled = join(tmpdir(), "ship-compiled-bundles");

/**
 * Spawns `dist/<action>/index.js`, and `post.js` where asked, with Node as the runner does, with nothing of this process's
 * environment but PATH.
 */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const main = await spawnStep(options, "main", {});
  if (options.post !== "run") return main;
  return { ...main, post: await spawnStep(options, "post", main.state) };
}

/** Spawns the post step of an action whose main step died before it could save any state. */
export function runPostAlone(options: StepOptions): Promise<StepResult> {
  return spawnStep(options, "post", {});
}

async function spawnStep(
  options: StepOptions,
  phase: "main" | "post",
  state: Readonly<Record<string, string>>,
): Promise<StepResult> {
  const directory = resolve("dist", options.action);
  const files = mkdtempSync(join(tmpdir(), "ship-step-"));
  const file = (name: string) => join(files, name);
  const isMain = phase === "main";
  try {
    const child = spawn(process.execPath, [join(directory, isMain ? "index.js" : "post.js")], {
      cwd: options.workspace ?? files,
      env: {
        PATH: process.env["PATH"],
        HOME: files,
        NODE_COMPILE_CACHE: compiled,
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: options.workspace ?? files,
        GITHUB_REPOSITORY: "octo/shop",
        GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
        GITHUB_REF: "refs/heads/main",
        GITHUB_EVENT_NAME: "push",
        GITHUB_RUN_ID: "1001",
        GITHUB_RUN_ATTEMPT: "1",
        RUNNER_TEMP: files,
        GITHUB_OUTPUT: touch(file("output")),
        GITHUB_STATE: touch(file("state")),
        GITHUB_ENV: touch(file("env")),
        GITHUB_STEP_SUMMARY: touch(file("summary")),
        ...inputVariables(directory, options.inputs),
        ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
        ...options.environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let interruptedAt: number | undefined;
    const interruptIf = (due: boolean | undefined) => {
      if (!due || !isMain || interruptedAt !== undefined) return;
      interruptedAt = Date.now();
      child.kill("SIGINT");
    };
    const watch = setInterval(() => {
      interruptIf(options.interruptWhen?.());
      if (isMain && options.killWhen?.()) child.kill("SIGKILL");
    }, 20);
    const listen = (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
      interruptIf(options.interruptAt?.test(stdout));
      if (isMain && options.killAt?.test(stdout)) child.kill("SIGKILL");
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    const exitCode = await new Promise<number | null>((done) => child.once("close", done));
    clearInterval(watch);
    return {
      exitCode,
      outputs: readPairs(file("output")),
      state: readPairs(file("state")),
      summary: readFileSync(file("summary"), "utf8"),
      stdout,
      errors: [...stdout.matchAll(/^::error(?: [^:]*)?::(.*)$/gm)].map(([, text]) =>
        unescapeCommand(text ?? ""),
      ),
      ...(interruptedAt !== undefined && { tookToStop: Date.now() - interruptedAt }),
    };
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

function touch(path: string): string {
  writeFileSync(path, "");
  return path;
}

function inputVariables(directory: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const manifest = parse(readFileSync(join(directory, "action.yml"), "utf8")) as Manifest;
  const values: Record<string, string> = {};
  for (const [name, input] of Object.entries(manifest.inputs ?? {})) {
    if (input.default !== undefined) values[name] = String(input.default);
  }
  return Object.fromEntries(
    Object.entries({ ...values, ...given }).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}

/** Reads the `name<<DELIMITER` form that @actions/core writes. */
function readPairs(path: string): Record<string, string> {
  const pairs = readFileSync(path, "utf8").matchAll(/^(.+?)<<(ghadelimiter_\S+)\r?\n([\s\S]*?)\r?\n?\2$/gm);
  return Object.fromEntries([...pairs].map(([, name, , value]) => [name, value]));
}

function unescapeCommand(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}
