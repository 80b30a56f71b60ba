import type { BuiltImage } from "#ship/images";
import { cleaningSignal, lastLine, type Session } from "../engine/program.ts";
import { imageNotLocal, namesProgram, testFailure } from "../engine/trial.ts";
import { describeImage } from "./store.ts";

/** What buildah adds to the output of a program that fails. */
const ownWords =
  /^(?:subprocess exited with status \d+|(?:Error: |.*level=error msg=")(?:while running runtime: )?exit status \d+"?)$/;

/** Runs an image with buildah, which knows no `run IMAGE`: in a working container, and behind the image's entrypoint where docker would. */
export async function tryInWorkingContainer(
  { local }: BuiltImage,
  words: readonly string[],
  session: Session,
): Promise<void> {
  const { call, options, signal } = session;
  const image = local === undefined ? undefined : await describeImage("buildah", local, session);
  if (local === undefined || image === undefined) throw imageNotLocal();
  const entrypoint = namesProgram(words) ? [] : image.entrypoint;
  const lines: string[] = [];
  const begun = await call(["from", "--pull-never", local], { signal });
  if (begun.exitCode !== 0) throw testFailure(words, begun.exitCode, [lastLine(begun.stderr)]);
  const container = lastLine(begun.stdout);
  try {
    const { exitCode } = await call(["run", container, "--", ...entrypoint, ...words], {
      signal,
      onLine(line) {
        lines.push(line);
        options.log.quote("test", line);
      },
    });
    if (exitCode !== 0)
      throw testFailure(
        words,
        exitCode,
        lines.filter((line) => !ownWords.test(line)),
      );
  } finally {
    await call(["rm", container], { signal: cleaningSignal() }).catch(() => {});
  }
}
