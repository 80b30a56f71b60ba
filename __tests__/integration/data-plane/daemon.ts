import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { eventually } from "../../support/eventually.ts";

/** A real program in the background. */
export interface Daemon extends AsyncDisposable {
  /** What it printed so far. */
  output(): string;
}

/**
 * Starts a program and waits until it answers. A program that is missing, ends, or does not answer is an error with what it
 * printed, never a reason to skip.
 */
export async function startDaemon(
  program: string,
  words: readonly string[],
  answers: () => Promise<boolean>,
): Promise<Daemon> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let ended: string | undefined;
  const keep = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      ended = error.message;
      resolve();
    });
    child.once("exit", (code) => {
      ended = `it ended with ${code}`;
      resolve();
    });
  });
  const stop = async () => {
    child.kill();
    await gone;
  };
  try {
    await eventually(
      `${program} to answer`,
      async () => {
        if (ended !== undefined) throw new Error(`${program} did not start: ${ended}.\n${text}`);
        return answers().catch(() => false);
      },
      20_000,
    );
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${text}`);
  }
  return { output: () => text, [Symbol.asyncDispose]: stop };
}

/** A TCP port nothing listens on at 127.0.0.1 right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
