import type { Log } from "#ship/kit";
import { recordArtifacts } from "./artifacts-record.ts";
import type { ImageOutcome } from "./make/outcome.ts";

/** Records what a registry holds now for attestation; a failed build has nothing to attest. @param file value of `GITHUB_ARTIFACTS` */
export async function recordImage(
  file: string | undefined,
  { digests, failure }: ImageOutcome,
  log: Log,
): Promise<void> {
  if (failure !== undefined) return;
  const images = [...digests].map(([name, digest]) => `${name}@${digest}`);
  await recordArtifacts(file, images, log);
}
