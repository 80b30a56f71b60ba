import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "#ship/kit";
import { startSimulatedAws } from "./cloud.ts";
import { callLine } from "./command/call-line.ts";
import { eventLine } from "./command/event-line.ts";
import { firstLines } from "./command/first-lines.ts";
import { applySeed, parseSeed, seededReport, seedRuntime } from "./seed/index.ts";

const defaultSeed = fileURLToPath(new URL("../../../examples/simulated-aws.yml", import.meta.url));

const usage = `Usage: npm run simulate [-- --seed FILE.yml] [--port NUMBER] [--speed FACTOR]

Starts a simulated AWS account on this machine and prints the environment that points any AWS client at it.
  --seed   what the account holds at the start (default: examples/simulated-aws.yml)
  --port   port of the API, 0 to 65535 (default: 0, a free one)
  --speed  how many times faster than AWS tasks start, are checked, drain and bake (default: 10)`;

interface Arguments {
  readonly seed: string;
  readonly port: number;
  readonly speed: number;
}

/** Runs the simulators until Ctrl-C, SIGTERM or the end of the terminal. */
async function main(argv: readonly string[]): Promise<void> {
  const options = readArguments(argv);
  if (options === "help") return console.log(usage);
  const seed = parseSeed(await readSeed(options.seed), options.seed);
  const { region, account: accountId, images, secrets, functions } = seed;
  const { port, speed } = options;
  const runtime = await seedRuntime(images, {
    clock: systemClock,
    folder: process.cwd(),
    path: process.env["PATH"] ?? "",
    speed,
  });
  const aws = await startSimulatedAws({
    region,
    accountId,
    port,
    runtime,
    ecs: {
      speed,
      invokeFunction: async (name) => ({
        hookStatus: (await seededReport(functions, name)) === "succeeds" ? "SUCCEEDED" : "FAILED",
      }),
      secret: (valueFrom) => (Object.hasOwn(secrets, valueFrom) ? secrets[valueFrom] : undefined),
    },
    elbv2: { second: 1_000 / speed },
    codedeploy: {
      invokeHook: async (name) =>
        (await seededReport(functions, name)) === "succeeds" ? "Succeeded" : "Failed",
    },
  });
  const stopped = toldToStop();
  try {
    await applySeed(aws, seed);
    console.log((await firstLines(aws, seed)).join("\n"));
    aws.events.follow((event) => console.log(eventLine(event)));
    aws.calls.follow((call) => console.log(callLine(call)));
    await stopped;
  } finally {
    await aws.close();
  }
}

function readArguments(argv: readonly string[]): Arguments | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string", default: defaultSeed },
      port: { type: "string", default: "0" },
      speed: { type: "string", default: "10" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new Error(`--port is '${values.port}'. Accepted: a number from 0 to 65535; 0 takes a free port.`);
  }
  const speed = Number(values.speed);
  if (!(speed > 0 && speed <= 1000)) {
    throw new Error(`--speed is '${values.speed}'. Accepted: a number above 0, up to 1000.`);
  }
  return { seed: values.seed, port, speed };
}

async function readSeed(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`--seed is '${file}', which cannot be read (${reason}). Accepted: a YAML file.`);
  }
}

/**
 * Resolves when the simulation shall end: at a signal, or when whoever started it is gone, because a signal sent to
 * `npm run` ends npm's shell without reaching this process.
 */
function toldToStop(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve();
    }, 500);
    watch.unref();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
