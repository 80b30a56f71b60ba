/**
 * Measures what consumers wait for: `npm run bench [-- --rounds 15]`; with `-- canary [--runs 1000]`, what the rules of
 * canaries are worth; with `-- ecs [--runs 1000]`, what waiting for Amazon ECS costs.
 *
 * Per action: bytes of JavaScript, and the cold start to the first input error and to the first API call. Runs are
 * interleaved with an empty Node script, so that a busy machine slows both alike; read the ratio, not the milliseconds.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchCanary } from "./bench/canary.ts";
import { benchEcs } from "./bench/ecs.ts";
import { measure, median, type Subject } from "./bench/measure.ts";
import { startStub } from "./bench/stub.ts";
import { readInputs, subjectsOf } from "./bench/subjects.ts";
import { measureBundle } from "./bundling/budget.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const tree = join(root, "dist");

function publishedActions(): string[] {
  if (!existsSync(tree)) return [];
  return readdirSync(tree)
    .filter((name) => existsSync(join(tree, name, "index.js")))
    .sort();
}

function tarballBytes(): number {
  const tar = spawnSync("tar", ["--create", "--gzip", "--directory", tree, "."], { maxBuffer: 1 << 28 });
  if (tar.status !== 0) throw new Error(`tar failed: ${tar.error?.message ?? tar.stderr.toString()}`);
  return tar.stdout.length;
}

async function timeAll(actions: readonly string[], rounds: number): Promise<Map<string, number | undefined>> {
  const folder = mkdtempSync(join(tmpdir(), "ship-bench-"));
  const inputs = readInputs(join(root, "scripts/bench/inputs.yml"));
  await using stub = await startStub();
  try {
    writeFileSync(join(folder, "empty.mjs"), "");
    const empty: Subject = {
      name: "empty",
      args: [join(folder, "empty.mjs")],
      environment: {},
      until: "exit",
    };
    const subjects = [
      empty,
      ...actions.flatMap((action) => subjectsOf(tree, action, inputs[action], stub.url)),
    ];
    const times = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const subject of subjects) {
        const elapsed = await measure(subject, folder, stub.nextCall);
        if (elapsed !== undefined) times.get(subject.name)?.push(elapsed);
      }
    }
    return new Map([...times].map(([name, values]) => [name, median(values)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function printTable(actions: readonly string[], times: ReadonlyMap<string, number | undefined>): void {
  const empty = times.get("empty");
  const time = (name: string) => {
    if (!times.has(name)) return "-".padStart(16);
    const value = times.get(name);
    if (value === undefined || empty === undefined) return "never".padStart(16);
    return `${value.toFixed(0)} ms (${(value / empty).toFixed(1)}x)`.padStart(16);
  };
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0).padStart(8);
  console.log(`${"action".padEnd(20)}  raw kB gzip kB     input error        API call`);
  for (const action of actions) {
    const { raw, gzip } = measureBundle(join(tree, action));
    console.log(
      `${action.padEnd(20)}${kilobytes(raw)}${kilobytes(gzip)}${time(`${action} error`)}${time(`${action} call`)}`,
    );
  }
  console.log(
    `empty Node script: ${empty?.toFixed(0)} ms; tarball of dist: ${kilobytes(tarballBytes()).trim()} kB`,
  );
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} ${text}: expected a whole number from 1.`);
  return value;
}

async function benchBundles(rounds: number): Promise<void> {
  const actions = publishedActions();
  if (actions.length === 0) throw new Error("dist/ holds no action to measure. Run `npm run build` first.");
  printTable(actions, await timeAll(actions, rounds));
}

try {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: "string", default: "9" }, runs: { type: "string", default: "300" } },
    allowPositionals: true,
  });
  const [subject, ...more] = positionals;
  if (more.length > 0 || (subject !== undefined && !["canary", "ecs"].includes(subject)))
    throw new Error(`${positionals.join(" ")}: expected nothing, canary, or ecs.`);
  if (subject === "canary") await benchCanary(count("runs", values.runs));
  else if (subject === "ecs") await benchEcs(root, count("runs", values.runs));
  else await benchBundles(count("rounds", values.rounds));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
