/** Times a program from its start until something is seen of it. */
import { spawn } from "node:child_process";

/** A program to time: what it runs with, and what ends the measurement. */
export interface Subject {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `exit`: the program's end. `error`: the first error annotation. `call`: the first request to the stub. */
  readonly until: "exit" | "error" | "call";
}

/** How long one run may take, in milliseconds, before it counts as never having got there. */
const patience = 20_000;

/**
 * Runs `subject` once in `folder`; answers milliseconds, or `undefined` when the awaited thing never happened.
 * `nextCall` resolves at the next request to the stub that the environment points to.
 */
export function measure(
  subject: Subject,
  folder: string,
  nextCall: () => Promise<void>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, subject.args, {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...subject.environment },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let elapsed: number | undefined;
    const seen = () => {
      elapsed ??= performance.now() - start;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    if (subject.until === "call") void nextCall().then(seen);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (subject.until === "error" && /^::error/m.test(output)) seen();
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve(subject.until === "exit" ? performance.now() - start : elapsed);
    });
  });
}

/** The middle of `values`, or `undefined` when there are none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
