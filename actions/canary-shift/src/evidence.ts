import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { evidenceDocument, type RolloutReport, rolloutPage } from "#ship/delivery";
import type { Run } from "#ship/kit";
import type { ShiftInputs } from "./inputs.ts";
import { settingsOf } from "./settings.ts";

/** Paths of what was written, by the output that names it. */
export interface EvidenceFiles {
  /** The evidence as JSON. */
  readonly evidence: string;
  /** The same drawn, as a page of HTML. */
  readonly report: string;
}

/** Writes the evidence of a rollout into the runner's folder of temporary files. */
export async function writeEvidence(
  rollout: RolloutReport,
  inputs: ShiftInputs,
  run: Run,
): Promise<EvidenceFiles> {
  const document = evidenceDocument(rollout, settingsOf(inputs));
  const path = (kind: string, extension: string) =>
    join(run.environment.temporary, `canary-${kind}-${rollout.begun}.${extension}`);
  const files = { evidence: path("evidence", "json"), report: path("report", "html") };
  await writeFile(files.evidence, `${JSON.stringify(document, null, 2)}\n`);
  await writeFile(files.report, rolloutPage(document));
  return files;
}
