import * as z from "zod/mini";
import type { Finding } from "#ship/images";
import { type ReadReport, suppressedWarning } from "./report.ts";
import { severityOf } from "./severity.ts";

const vulnerability = z.object({
  VulnerabilityID: z.string(),
  VendorIDs: z.nullish(z.array(z.string())),
  PkgName: z.string(),
  PkgPath: z.optional(z.string()),
  InstalledVersion: z.optional(z.string()),
  FixedVersion: z.optional(z.string()),
  PrimaryURL: z.optional(z.string()),
  Title: z.optional(z.string()),
  Severity: z.optional(z.string()),
});
type Vulnerability = z.infer<typeof vulnerability>;

/** Trivy's report of schema 2 (aquasecurity/trivy: pkg/types/report.go). Go leaves out what is empty. */
export const trivyReport = z.object({
  SchemaVersion: z.literal(2),
  ArtifactName: z.string(),
  Metadata: z.optional(
    z.object({
      OS: z.optional(
        z.object({ Family: z.string(), Name: z.optional(z.string()), EOSL: z.optional(z.boolean()) }),
      ),
    }),
  ),
  Results: z.nullish(
    z.array(
      z.object({
        Target: z.string(),
        Vulnerabilities: z.nullish(z.array(vulnerability)),
        /** What Trivy's own ignore files and VEX documents took out; only with `--show-suppressed`. */
        ExperimentalModifiedFindings: z.nullish(z.array(z.unknown())),
      }),
    ),
  ),
});

/** What Trivy found. */
export function readTrivy({ Metadata, Results }: z.infer<typeof trivyReport>): ReadReport {
  const system = Metadata?.OS;
  const warnings: string[] = [];
  if (!Results || Results.length === 0)
    warnings.push("Trivy recognised no packages in the image, so there was nothing to compare.");
  if (system?.EOSL)
    warnings.push(
      `${system.Family} ${system.Name ?? ""} gets no security updates any more: new vulnerabilities may not be listed.`,
    );
  const leftOut = (Results ?? []).reduce(
    (sum, { ExperimentalModifiedFindings }) => sum + (ExperimentalModifiedFindings?.length ?? 0),
    0,
  );
  if (leftOut > 0) warnings.push(suppressedWarning("Trivy", leftOut));
  const findings = (Results ?? []).flatMap(({ Target, Vulnerabilities }) =>
    (Vulnerabilities ?? []).map((found) => toFinding(found, Target)),
  );
  return { findings, warnings };
}

function toFinding(found: Vulnerability, target: string): Finding {
  return {
    id: found.VulnerabilityID,
    aliases: found.VendorIDs ?? [],
    severity: severityOf(found.Severity),
    package: found.PkgName,
    installed: found.InstalledVersion ?? "",
    fix: found.FixedVersion ? { kind: "version", version: found.FixedVersion } : { kind: "none" },
    target: found.PkgPath || target,
    title: found.Title ?? "",
    url: found.PrimaryURL ?? "",
  };
}
