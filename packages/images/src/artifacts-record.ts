import { appendFile, readFile } from "node:fs/promises";
import { type Log, messageOf } from "#ship/kit";

/** The runner reads no more lines than this of one job. */
const mostLines = 500;

/**
 * Records images for attestation: one line `oci://name@sha256:…` each in the file that `GITHUB_ARTIFACTS` names, which
 * actions/attest reads. Lines of other steps stay, none stands twice. A record that cannot be written is a warning: the
 * image is published all the same.
 *
 * @param file value of `GITHUB_ARTIFACTS`; `undefined` where the runner offers none
 * @param images `name@sha256:…`
 */
export async function recordArtifacts(
  file: string | undefined,
  images: readonly string[],
  log: Log,
): Promise<void> {
  if (file === undefined || images.length === 0) return;
  try {
    // "a+" creates the file where it is missing.
    const text = await readFile(file, { encoding: "utf8", flag: "a+" });
    const known = text.split(/\r?\n/).filter((line) => line !== "");
    const wanted = [...new Set(images.map((image) => `oci://${image}`))].filter(
      (line) => !known.includes(line),
    );
    const room = Math.max(0, mostLines - known.length);
    const written = wanted.slice(0, room);
    if (written.length > 0) {
      const begin = text === "" || text.endsWith("\n") ? "" : "\n";
      await appendFile(file, `${begin}${written.map((line) => `${line}\n`).join("")}`);
    }
    if (written.length < wanted.length)
      log.warning(
        `${wanted.length - written.length} images are not recorded for attestation: a job may record ${mostLines}.`,
      );
  } catch (error) {
    log.warning(`The images are not recorded for attestation in ${file}: ${messageOf(error)}`);
  }
}
