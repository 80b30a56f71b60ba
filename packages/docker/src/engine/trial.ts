import { randomUUID } from "node:crypto";
import { ShipError } from "#ship/kit";
import { cleaningSignal, type Session } from "./program.ts";

const tailLines = 30;

/**
 * Runs an image with `words`, and removes the container whatever happens. Words that begin with a path of the image take the
 * place of its entrypoint; all others are given to the entrypoint, as docker itself does.
 * @throws ShipError `IMAGE_TEST_FAILED`
 */
export async function tryImage(
  image: string | undefined,
  words: readonly string[],
  { call, options, signal }: Session,
): Promise<void> {
  if (image === undefined) throw imageNotLocal();
  const container = `ship-test-${randomUUID()}`;
  const lines: string[] = [];
  try {
    const [program = "", ...rest] = words;
    const command = namesProgram(words) ? ["--entrypoint", program, image, ...rest] : [image, ...words];
    const { exitCode } = await call(["run", "--rm", "--name", container, ...command], {
      signal,
      onLine(line) {
        lines.push(line);
        options.log.quote("test", line);
      },
    });
    if (exitCode !== 0) throw testFailure(words, exitCode, lines);
  } finally {
    // The command line forwards the signal and leaves; a program that ignores it would run on.
    if (signal.aborted)
      await call(["rm", "--force", container], { signal: cleaningSignal() }).catch(() => {});
  }
}

/** True for a command line that names its program by a path. */
export function namesProgram([program = ""]: readonly string[]): boolean {
  return program.startsWith("/") || program.startsWith("./");
}

/** An image that a test needs and that no store holds. */
export function imageNotLocal(): ShipError {
  return new ShipError("UNEXPECTED", "The built image is in no store that it could be run from.");
}

/** Says how a test ended, with what it printed last. */
export function testFailure(words: readonly string[], exitCode: number, lines: readonly string[]): ShipError {
  const command = words.length > 0 ? `"${words.join(" ")}"` : "the image's own command";
  const said = lines.findLast((line) => line.trim() !== "")?.trim();
  const last = said === undefined ? "" : `; it said last: ${said}`;
  return new ShipError(
    "IMAGE_TEST_FAILED",
    `In the built image ${command} ended with exit code ${exitCode}${last}`,
    { details: lines.slice(-tailLines) },
  );
}
