import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

/** A program under test, with what it printed. */
export interface Program {
  readonly child: ChildProcess;
  output(): string;
  /** The first output that matches; rejects when it never comes. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the process itself is gone (its children may still run). */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts a Node program from a file with exactly this environment besides PATH. */
export function startProgram(file: string, environment: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, ["--no-warnings", file], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return {
    child,
    output: () => text,
    printed: (pattern) =>
      eventually(`${pattern} in the output of ${file}`, () => {
        const found = pattern.exec(text);
        if (found === null && child.exitCode !== null) throw new Error(`${file} ended early: ${text}`);
        return found ?? undefined;
      }),
    exited: new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal }))),
  };
}

/** Writes source code as a program into a folder and starts it. */
export function startSource(folder: string, source: string): Program {
  const file = join(folder, "program.mjs");
  writeFileSync(file, source);
  return startProgram(file);
}
