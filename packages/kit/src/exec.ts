import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { which } from "@actions/io";
import { ShipError } from "./errors.ts";

/** A program to run: an argument vector, never a shell line. Secrets go in by `stdin` or `environment`, never by `arguments`. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly stdin?: string;
  /** The child's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Each line of output as it comes. */
  onLine?(line: string, stream: "stdout" | "stderr"): void;
  /** Ends the program and all its children when it aborts. */
  readonly signal?: AbortSignal;
  /** Milliseconds between asking the process tree to end (SIGTERM) and killing it; 3 s unless told. */
  readonly graceMilliseconds?: number;
}

/** How a program ended. */
export interface Completed {
  /** 128 + signal number when a signal ended it, as shells count. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs. An exit code other than zero is an answer, not an error. */
export type Exec = (command: Command) => Promise<Completed>;

/**
 * Runs a program in a process group of its own, so that a cancellation ends the whole tree;
 * `@actions/exec` gives no handle on the child it starts.
 * @throws ShipError `TOOL_MISSING` when the program is not on PATH; the signal's reason after an abort
 */
export const systemExec: Exec = async (command) => {
  command.signal?.throwIfAborted();
  const path = await which(command.program, false);
  if (path === "") throw new ShipError("TOOL_MISSING", `The program "${command.program}" is not on PATH.`);
  command.signal?.throwIfAborted();
  const child = spawn(path, command.arguments, {
    cwd: command.directory,
    env: { ...command.environment },
    detached: process.platform !== "win32",
    stdio: ["pipe", "pipe", "pipe"],
  });
  const end = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? child.pid : -child.pid, signal);
    } catch {
      // The group is gone already: nothing is left to end.
    }
  };
  let killTimer: NodeJS.Timeout | undefined;
  const abandon = () => {
    end("SIGTERM");
    killTimer = setTimeout(() => end("SIGKILL"), command.graceMilliseconds ?? 3_000);
  };
  command.signal?.addEventListener("abort", abandon, { once: true });
  child.stdin.on("error", () => {
    // A program that does not read its input closes the pipe; its exit code tells the rest.
  });
  child.stdin.end(command.stdin ?? "");

  try {
    const stdout = collect(child.stdout, (line) => command.onLine?.(line, "stdout"));
    const stderr = collect(child.stderr, (line) => command.onLine?.(line, "stderr"));
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(code ?? 128 + (signal === "SIGKILL" ? 9 : 15)));
    });
    command.signal?.throwIfAborted();
    return { exitCode, stdout: await stdout, stderr: await stderr };
  } finally {
    clearTimeout(killTimer);
    command.signal?.removeEventListener("abort", abandon);
  }
};

async function collect(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines.push(line);
    onLine(line);
  }
  return lines.join("\n");
}
