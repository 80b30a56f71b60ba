import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ScanFacts, scanPage } from "./page.ts";
import { writeSarif } from "./sarif.ts";

/** A report that later steps can read. `json` is the scanner's own; `table` is another name of `markdown`. */
export type ReportFormat = "json" | "sarif" | "markdown" | "table";

const rowsOfReport = 1_000;

/**
 * Creates the folder of this step's reports. It is below the runner's temporary folder, which later steps of the job can read.
 * @param temporary absolute path
 */
export async function createReportFolder(temporary: string): Promise<string> {
  await mkdir(temporary, { recursive: true });
  return mkdtemp(join(temporary, "ship-scan-"));
}

/**
 * Writes the reports of one image and answers their paths, in the order of `formats`.
 * @param name of the files, without an ending
 */
export async function writeReports(
  facts: ScanFacts,
  raw: string,
  formats: readonly ReportFormat[],
  folder: string,
  name: string,
): Promise<readonly string[]> {
  const { image, scanner, verdict } = facts;
  const files = new Map<string, string>();
  for (const format of formats) {
    switch (format) {
      case "json":
        files.set(`${name}.json`, raw);
        break;
      case "sarif":
        files.set(`${name}.sarif`, writeSarif({ image, scanner, findings: verdict.deciding }));
        break;
      case "markdown":
      case "table":
        files.set(`${name}.md`, scanPage(facts, rowsOfReport));
    }
  }
  const paths: string[] = [];
  for (const [file, text] of files) {
    const path = join(folder, file);
    await writeFile(path, text);
    paths.push(path);
  }
  return paths;
}
