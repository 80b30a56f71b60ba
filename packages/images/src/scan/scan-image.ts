import type { Clock, Log, ShipError } from "#ship/kit";
import { scanFailure } from "./failure.ts";
import { judgeScan, type ScanPolicy, type ScanVerdict } from "./gate.ts";
import { type ScanFacts, scanPage } from "./page.ts";
import { createReportFolder, type ReportFormat, writeReports } from "./reports.ts";
import { type Scanner, type ScanSubject, subjectName } from "./scanner.ts";

const rowsOfSummary = 20;

/** What a scan is asked for. */
export interface ScanRequest {
  readonly policy: ScanPolicy;
  readonly formats: readonly ReportFormat[];
  /** Folder that outlives the step; absolute path. */
  readonly temporary: string;
}

/** What a scan works with. */
export interface ScanContext {
  readonly scanner: Scanner;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How the scan of an image ended. The reports are there whatever the verdict is. */
export interface ScanOutcome {
  readonly verdict: ScanVerdict;
  /** Paths of the reports, absolute. */
  readonly reports: readonly string[];
  /** A part of the job summary, in Markdown. */
  readonly summary: string;
  /** `SCAN_FAILED` when the gate stops the image. */
  readonly failure: ShipError | undefined;
}

/**
 * Scans an image, judges it and writes the reports. A stopped image is an outcome with its failure, so that the reports can
 * be named; what could not be scanned is thrown.
 *
 * @param name what readers call the image, where the subject has a name only the machine knows
 * @throws ShipError `SCANNER_FAILED`, `TOOL_MISSING`, `SCANNER_CHECKSUM_MISMATCH`
 */
export async function scanImage(
  subject: ScanSubject,
  request: ScanRequest,
  { scanner, clock, log, signal }: ScanContext,
  name: string = subjectName(subject),
): Promise<ScanOutcome> {
  const report = await scanner.scan(subject, signal);
  const today = new Date(clock.now()).toISOString().slice(0, "YYYY-MM-DD".length);
  const verdict = judgeScan(report.findings, request.policy, today);
  const facts: ScanFacts = {
    image: name,
    scanner: report.scanner,
    findings: report.findings,
    policy: request.policy,
    verdict,
    warnings: report.warnings,
  };
  for (const warning of report.warnings) log.warning(warning);
  for (const { id, place } of verdict.unused)
    log.notice(`scan-allow: ${id} (${place}) is not in the image; the line can go.`);
  const folder = await createReportFolder(request.temporary);
  const reports = await writeReports(facts, report.raw, request.formats, folder, "scan");
  return {
    verdict,
    reports,
    summary: scanPage(facts, rowsOfSummary),
    failure: verdict.result === "fail" ? scanFailure(name, verdict, request.policy) : undefined,
  };
}
