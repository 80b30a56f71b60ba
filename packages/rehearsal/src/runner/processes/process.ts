import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "#ship/kit";
import type { ProcessGroups } from "./process-groups.ts";

/** How long a cancelled process is given, in milliseconds. */
export interface CancelTimings {
  /** From SIGINT to SIGTERM. */
  readonly interrupt: number;
  /** From SIGTERM to the kill of the whole tree. */
  readonly terminate: number;
}

/** What GitHub's runner gives (runner 2.336, ProcessInvoker). */
export const runnerTimings: CancelTimings = { interrupt: 7_500, terminate: 2_500 };

/** Longest wait for output after the process has ended, as when a background child still holds the pipe. */
const drainMilliseconds = 5_000;

export interface ProcessRequest {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly groups: ProcessGroups;
  readonly clock: Clock;
  readonly timings: CancelTimings;
  /** Begins SIGINT, SIGTERM, kill. */
  readonly cancel: AbortSignal;
  /** Kills everything at once. */
  readonly die: AbortSignal;
  onLine(line: string): void;
  /** Told of the process when it has started. */
  readonly onStart?: ((child: ChildProcess) => void) | undefined;
}

/**
 * Runs a program in a process group of its own and answers its exit code (128 for a death by signal).
 * Rejects when it cannot be started.
 */
export async function runProcess(request: ProcessRequest): Promise<number> {
  const child = spawn(request.program, [...request.parameters], {
    cwd: request.directory,
    env: { ...request.environment, RUNNER_TRACKING_ID: request.groups.trackingId },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  if (child.pid !== undefined) {
    request.groups.add(child.pid);
    request.onStart?.(child);
  }
  eachLine(child.stdout, request.onLine);
  eachLine(child.stderr, request.onLine);
  const ended = new AbortController();
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", (error) =>
      reject(new Error(`cannot start '${request.program}': ${error.message}`, { cause: error })),
    );
    child.once("exit", (code) => resolve(code ?? 128));
  });
  const cancel = () => void endInSteps(child, request, ended.signal);
  const die = () => request.groups.kill();
  request.cancel.addEventListener("abort", cancel, { once: true });
  request.die.addEventListener("abort", die, { once: true });
  if (request.cancel.aborted) cancel();
  if (request.die.aborted) die();
  try {
    const code = await exited;
    ended.abort();
    await waitAtMost(closed, drainMilliseconds, request.clock);
    return code;
  } finally {
    ended.abort();
    request.cancel.removeEventListener("abort", cancel);
    request.die.removeEventListener("abort", die);
  }
}

/** The runner signals the entry process alone; only the last resort reaches its children. */
async function endInSteps(child: ChildProcess, request: ProcessRequest, ended: AbortSignal): Promise<void> {
  const { timings, clock } = request;
  try {
    if (ended.aborted) return;
    child.kill("SIGINT");
    await clock.sleep(timings.interrupt, ended);
    child.kill("SIGTERM");
    await clock.sleep(timings.terminate, ended);
  } catch {
    return;
  }
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended between the last look and the kill.
  }
}

async function waitAtMost(work: Promise<void>, milliseconds: number, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(milliseconds, done.signal).catch(() => undefined)]);
  done.abort();
}

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.replace(/\r$/, ""));
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
