import { formatDuration, markdown, type PipelineReport, type ShipError } from "#ship/kit";
import { type Evidence, evidenceLines } from "../reasons/collect.ts";
import { taskSummary } from "../run-task/summary.ts";
import type { Journal } from "./journal.ts";
import type { DeployRequest } from "./request.ts";

const marks: Readonly<Record<string, string>> = {
  deployed: "✅",
  unchanged: "✅",
  registered: "✅",
  "task-succeeded": "✅",
  planned: "📝",
  "rolled-back": "↩️",
  cancelled: "🛑",
  failed: "❌",
};

/** The job summary: the result, what changed, the steps with their times, and why it failed. */
export function summaryOf(
  request: DeployRequest,
  journal: Journal,
  report: PipelineReport,
  result: string,
  failure: ShipError | undefined,
): string {
  const name = nameOf(request);
  return markdown.page(
    markdown.heading(2, `${marks[result] ?? ""} ${name}: ${result}`),
    resultLine(journal, failure),
    journal.idle ? "The desired count is 0, so nothing runs." : undefined,
    changes(journal),
    markdown.table(
      ["Step", "Outcome", "Took", "Detail"],
      report.steps.map((step) => [
        markdown.escapeMarkdown(step.name),
        step.outcome,
        step.outcome === "planned" || step.outcome === "not-run" ? "" : formatDuration(step.took),
        markdown.escapeMarkdown(step.detail),
      ]),
    ),
    journal.task && taskSummary(journal.task),
    journal.evidence && reasons(journal.evidence),
  );
}

function nameOf(request: DeployRequest): string {
  switch (request.target.kind) {
    case "service":
      return `deploy ${request.target.address.service}`;
    case "paired":
      return `stage ${request.target.services.join(" / ")}`;
    default:
      return request.task ? "one-off task" : "task definition";
  }
}

function resultLine(journal: Journal, failure: ShipError | undefined): string {
  if (failure)
    return `**${failure.code}**: ${markdown.escapeMarkdown(failure.message)} ${markdown.escapeMarkdown(failure.hint)}`;
  const revision = journal.taskDefinition?.split("/").at(-1);
  const pair = journal.situation?.pair;
  const candidate = pair ? ` on ${pair.idle.name}, beside ${pair.stable.name}` : "";
  return revision === undefined ? "" : `Revision ${markdown.code(revision)}${candidate}.`;
}

function changes(journal: Journal): string | undefined {
  const rows = [...(journal.plan?.differences ?? []), ...(journal.serviceDifferences ?? [])];
  if (rows.length === 0) return undefined;
  return markdown.page(
    markdown.heading(3, "What changes"),
    markdown.table(
      ["", "Before", "After"],
      rows.map((row) => [
        markdown.escapeMarkdown(row.what),
        row.before === "" ? "" : markdown.code(row.before),
        row.after === "" ? "" : markdown.code(row.after),
      ]),
    ),
  );
}

function reasons(evidence: Evidence): string | undefined {
  const lines = evidenceLines(evidence);
  if (lines.length === 0) return undefined;
  return markdown.page(markdown.heading(3, "Why"), markdown.block("text", lines.join("\n")));
}
