import * as z from "zod/mini";
import type { Finding } from "#ship/images";
import { type ReadReport, suppressedWarning } from "./report.ts";
import { severityOf } from "./severity.ts";

const match = z.object({
  vulnerability: z.object({
    id: z.string(),
    dataSource: z.optional(z.string()),
    severity: z.optional(z.string()),
    description: z.optional(z.string()),
    fix: z.optional(z.object({ versions: z.nullish(z.array(z.string())), state: z.optional(z.string()) })),
  }),
  relatedVulnerabilities: z.nullish(z.array(z.object({ id: z.string() }))),
  artifact: z.object({
    name: z.string(),
    version: z.optional(z.string()),
    locations: z.nullish(z.array(z.object({ path: z.string() }))),
  }),
});

/** Grype's report (anchore/grype: grype/presenter/models/document.go). */
export const grypeReport = z.object({
  matches: z.array(match),
  /** What rules of Grype's own configuration took out. */
  ignoredMatches: z.nullish(z.array(z.unknown())),
  descriptor: z.object({ name: z.string() }),
});

/** What Grype found. */
export function readGrype({ matches, ignoredMatches }: z.infer<typeof grypeReport>): ReadReport {
  const leftOut = ignoredMatches?.length ?? 0;
  return {
    findings: matches.map(toFinding),
    warnings: leftOut > 0 ? [suppressedWarning("Grype", leftOut)] : [],
  };
}

function toFinding({ vulnerability, relatedVulnerabilities, artifact }: z.infer<typeof match>): Finding {
  const versions = vulnerability.fix?.versions ?? [];
  return {
    id: vulnerability.id,
    aliases: (relatedVulnerabilities ?? []).map(({ id }) => id),
    severity: severityOf(vulnerability.severity),
    package: artifact.name,
    installed: artifact.version ?? "",
    fix: versions.length > 0 ? { kind: "version", version: versions.join(", ") } : { kind: "none" },
    target: artifact.locations?.[0]?.path ?? "",
    title: vulnerability.description?.split("\n")[0] ?? "",
    url: vulnerability.dataSource ?? "",
  };
}
