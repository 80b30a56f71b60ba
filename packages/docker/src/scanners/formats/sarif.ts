import * as z from "zod/mini";
import type { Finding, Fix, Severity } from "#ship/images";
import { type ReadReport, UnreadableReport } from "./report.ts";
import { severityOf } from "./severity.ts";

const level = z.optional(z.enum(["none", "note", "warning", "error"]));

const rule = z.object({
  id: z.string(),
  shortDescription: z.optional(z.object({ text: z.optional(z.string()) })),
  helpUri: z.optional(z.string()),
  defaultConfiguration: z.optional(z.object({ level })),
  properties: z.optional(
    z.object({
      "security-severity": z.optional(z.union([z.string(), z.number()])),
      tags: z.optional(z.array(z.string())),
    }),
  ),
});
type Rule = z.infer<typeof rule>;

const result = z.object({
  ruleId: z.optional(z.string()),
  rule: z.optional(z.object({ id: z.optional(z.string()) })),
  kind: z.optional(z.string()),
  level,
  message: z.object({ text: z.optional(z.string()) }),
  locations: z.optional(
    z.array(
      z.object({
        physicalLocation: z.optional(
          z.object({ artifactLocation: z.optional(z.object({ uri: z.optional(z.string()) })) }),
        ),
      }),
    ),
  ),
});
type Result = z.infer<typeof result>;

/** A SARIF 2.1.0 log (OASIS Standard) as far as vulnerabilities need it. */
export const sarifReport = z.object({
  version: z.literal("2.1.0"),
  runs: z.array(
    z.object({
      tool: z.object({ driver: z.object({ name: z.string(), rules: z.optional(z.array(rule)) }) }),
      invocations: z.optional(z.array(z.object({ executionSuccessful: z.optional(z.boolean()) }))),
      results: z.nullish(z.array(result)),
    }),
  ),
});

/**
 * What a scanner that writes SARIF found. Suppressed results count: only the allow-list of this step lets something pass.
 * @throws UnreadableReport when no run took place, one failed, or one has no results (§3.14.23: the scan did not get that far)
 */
export function readSarif({ runs }: z.infer<typeof sarifReport>): ReadReport {
  if (runs.length === 0) throw new UnreadableReport("holds no run of a scanner");
  const findings = runs.flatMap(({ tool, invocations, results }) => {
    if (invocations?.some(({ executionSuccessful }) => executionSuccessful === false))
      throw new UnreadableReport(`says that ${tool.driver.name} did not succeed`);
    if (!results) throw new UnreadableReport(`has no results of ${tool.driver.name}`);
    const rules = new Map((tool.driver.rules ?? []).map((one) => [one.id, one]));
    return results
      .filter(({ kind }) => kind === undefined || kind === "fail" || kind === "open" || kind === "review")
      .map((one) => toFinding(one, rules));
  });
  return { findings, warnings: [] };
}

function toFinding(one: Result, rules: ReadonlyMap<string, Rule>): Finding {
  const id = one.ruleId ?? one.rule?.id ?? "unnamed";
  const known = rules.get(id);
  const target = one.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? "";
  const text = one.message.text ?? "";
  return {
    // Grype's rules are named after vulnerability and package: CVE-2026-1234-curl.
    id: /^(?:CVE-\d+-\d+|GHSA(?:-\w{4}){3})(?=-|$)/.exec(id)?.[0] ?? id,
    aliases: [id],
    severity: severity(one, known),
    package: field(text, "Package") ?? target,
    installed: field(text, "Installed Version") ?? "",
    fix: fixOf(field(text, "Fixed Version")),
    target,
    title: known?.shortDescription?.text ?? text.split("\n")[0] ?? "",
    url: known?.helpUri ?? "",
  };
}

/** Trivy writes `Name: value` lines into the message (pkg/report/sarif.go). */
function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text)?.[1]?.trim();
}

function fixOf(version: string | undefined): Fix {
  if (version === undefined) return { kind: "unsaid" };
  return version === "" ? { kind: "none" } : { kind: "version", version };
}

/** The score where there is one (GitHub Docs, SARIF support), else a word among the tags, else the level. */
function severity(one: Result, known: Rule | undefined): Severity {
  const score = Number(known?.properties?.["security-severity"] ?? Number.NaN);
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  if (score > 0) return "low";
  const tag = known?.properties?.tags?.map(severityOf).find((word) => word !== "unknown");
  if (tag) return tag;
  switch (one.level ?? known?.defaultConfiguration?.level ?? "warning") {
    case "error":
      return "high";
    case "warning":
      return "medium";
    case "note":
      return "low";
    case "none":
      return "unknown";
  }
}
