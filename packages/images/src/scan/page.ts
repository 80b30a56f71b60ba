import { markdown } from "#ship/kit";
import { describePackage, type Finding, rankOf } from "./finding.ts";
import type { ScanPolicy, ScanVerdict } from "./gate.ts";

const severities = ["critical", "high", "medium", "low", "unknown", "negligible"] as const;

/** What a page about a scan tells. */
export interface ScanFacts {
  readonly image: string;
  readonly scanner: string;
  readonly findings: readonly Finding[];
  readonly policy: ScanPolicy;
  readonly verdict: ScanVerdict;
  readonly warnings: readonly string[];
}

/** A page in Markdown: the verdict, counts by severity, the findings that decide, and the allow-list. @param most rows shown */
export function scanPage(facts: ScanFacts, most: number): string {
  const { policy, verdict, findings, warnings } = facts;
  const shown = verdict.deciding.slice(0, most);
  const hidden = verdict.deciding.length - shown.length;
  return markdown.page(
    `${headline(facts)} Scanned by ${markdown.escapeMarkdown(facts.scanner)}: ${counts(findings)}.`,
    ...warnings.map((warning) => markdown.escapeMarkdown(warning)),
    shown.length > 0
      ? markdown.table(["Severity", "Vulnerability", "Package", "Where"], shown.map(row))
      : undefined,
    hidden > 0 ? `${hidden} more at ${policy.threshold} or above; the reports list all.` : undefined,
    allowed(verdict),
    notes(verdict),
  );
}

function headline({ image, policy, verdict }: ScanFacts): string {
  const number = verdict.deciding.length;
  const what = `${policy.counts === "fixable" ? "fixable " : ""}${number === 1 ? "vulnerability" : "vulnerabilities"}`;
  const found = number === 0 ? "No" : String(number);
  return `${markdown.code(image)}: ${found} ${what} at ${policy.threshold} or above.`;
}

function counts(findings: readonly Finding[]): string {
  const each = severities
    .map((severity) => ({
      severity,
      count: findings.filter((finding) => finding.severity === severity).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`);
  return each.length === 0 ? "nothing found" : each.join(", ");
}

function row(finding: Finding): string[] {
  const { escapeMarkdown } = markdown;
  const link = /^https?:\/\/[^\s()<>|]+$/.test(finding.url)
    ? `[${escapeMarkdown(finding.id)}](${finding.url})`
    : escapeMarkdown(finding.id);
  const severity = rankOf(finding.severity) >= rankOf("high") ? `**${finding.severity}**` : finding.severity;
  const title = finding.title === "" ? "" : `: ${escapeMarkdown(finding.title.slice(0, 120))}`;
  return [
    severity,
    `${link}${title}`,
    escapeMarkdown(describePackage(finding)),
    escapeMarkdown(finding.target),
  ];
}

function allowed({ allowed: passes }: ScanVerdict): string | undefined {
  if (passes.length === 0) return undefined;
  const rows = passes.map(({ finding, entry }) => [
    markdown.escapeMarkdown(finding.id),
    markdown.escapeMarkdown(describePackage(finding)),
    entry.until,
    markdown.escapeMarkdown(entry.reason),
  ]);
  return markdown.details(
    `${passes.length} allowed for a while`,
    markdown.table(["Vulnerability", "Package", "Until", "Reason"], rows),
  );
}

function notes({ expired, unused }: ScanVerdict): string | undefined {
  const lines = [
    ...expired.map(({ id, until, place }) => `${id} was allowed until ${until} (${place}).`),
    ...unused.map(({ id, place }) => `${id} (${place}) is allowed, but not in the image: the line can go.`),
  ];
  return lines.length === 0
    ? undefined
    : lines.map((line) => `- ${markdown.escapeMarkdown(line)}`).join("\n");
}
