import * as z from "zod/mini";
import { messageOf } from "#ship/kit";
import { grypeReport, readGrype } from "./grype.ts";
import { type ReadReport, UnreadableReport } from "./report.ts";
import { readSarif, sarifReport } from "./sarif.ts";
import { readTrivy, trivyReport } from "./trivy.ts";

/**
 * Reads a report of Trivy, Grype, or any scanner that writes SARIF, told apart by their own marks.
 * @throws UnreadableReport for an empty, cut-off or unknown document, or one that lacks what its format demands
 */
export function readReport(text: string): ReadReport {
  if (text.trim() === "") throw new UnreadableReport("is empty");
  const document = parse(text);
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw new UnreadableReport("is no JSON object");
  if ("SchemaVersion" in document) return readTrivy(checked(trivyReport, document, "Trivy"));
  if ("matches" in document) return readGrype(checked(grypeReport, document, "Grype"));
  if ("runs" in document) return readSarif(checked(sarifReport, document, "SARIF"));
  throw new UnreadableReport("is none of Trivy's JSON, Grype's JSON and SARIF 2.1.0");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnreadableReport(`is no JSON: ${messageOf(error)}`);
  }
}

function checked<T extends z.ZodMiniType>(schema: T, document: unknown, format: string): z.output<T> {
  const read = z.safeParse(schema, document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UnreadableReport(
    `is no ${format} report: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trimEnd(),
  );
}
