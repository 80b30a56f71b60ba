import { type ActionOutcome, markdown, ShipError } from "#ship/kit";
import type { Finding } from "./checks/check.ts";

const marks = { ok: "✅", note: "⚪", problem: "❌" } as const;

/** Turns findings into outputs and summary; problems fail the job, all of them at once. */
export function reportPreflight(findings: readonly Finding[]): ActionOutcome {
  const problems = findings
    .filter(({ verdict }) => verdict === "problem")
    .map(({ check, detail }) => `${check}: ${detail}`);
  const rows = findings.map(({ check, verdict, detail }) => [
    marks[verdict],
    check,
    markdown.escapeMarkdown(detail),
  ]);
  return {
    outputs: { result: problems.length > 0 ? "failed" : "ready", problems: problems.join("\n") },
    summary: markdown.page(
      markdown.heading(3, problems.length > 0 ? "Not ready to deploy" : "Ready to deploy"),
      rows.length > 0
        ? markdown.table(["", "Check", "Finding"], rows)
        : "Nothing was asked for, so nothing was checked.",
    ),
    ...(problems.length > 0 && {
      failure: new ShipError("PREFLIGHT_FAILED", `${count(problems)}: ${problems.join("; ")}`, {
        details: problems,
      }),
    }),
  };
}

function count(problems: readonly string[]): string {
  return problems.length === 1 ? "1 problem" : `${problems.length} problems`;
}
