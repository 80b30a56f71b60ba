import { createHash } from "node:crypto";
import { describePackage, type Finding, type Severity } from "./finding.ts";

/** What SARIF says of an image: exactly the findings that stop it, so that a code-scanning page agrees with the gate. */
export interface SarifSource {
  readonly image: string;
  readonly scanner: string;
  readonly findings: readonly Finding[];
}

/**
 * Scores in the middle of the bands that code scanning maps back to a severity (GitHub Docs, SARIF support:
 * critical > 9.0, high 7.0–8.9, medium 4.0–6.9, low 0.1–3.9).
 */
const scores: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  unknown: "5.5",
  low: "2.0",
  negligible: "0.1",
};

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  unknown: "warning",
  low: "note",
  negligible: "note",
};

/** Writes a SARIF 2.1.0 log (OASIS Standard) with one rule per vulnerability and one result per package. */
export function writeSarif({ image, scanner, findings }: SarifSource): string {
  const rules = [...new Map(findings.map((finding) => [finding.id, finding])).values()];
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: scanner, rules: rules.map(rule) } },
        properties: { imageName: image },
        results: findings.map((finding) => ({
          ruleId: finding.id,
          ruleIndex: indexes.get(finding.id),
          level: levels[finding.severity],
          message: { text: `${finding.id} (${finding.severity}) in ${describePackage(finding)}` },
          locations: [location(finding)],
          // Else an alert would come back with every rebuild that moves the package.
          partialFingerprints: { primaryLocationLineHash: fingerprint(finding) },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function rule(finding: Finding): object {
  const { id, severity, title, url } = finding;
  return {
    id,
    name: "Vulnerability",
    shortDescription: { text: title === "" ? id : title },
    defaultConfiguration: { level: levels[severity] },
    ...(/^https?:\/\//.test(url) && { helpUri: url }),
    help: { text: url === "" ? id : `${id}: ${url}` },
    properties: { "security-severity": scores[severity], tags: ["vulnerability", "security", severity] },
  };
}

/** Code scanning takes relative paths only, and wants a line. */
function location({ target, package: name }: Finding): object {
  const path = (target === "" ? name : target).replace(/^[/\\]+/, "").toWellFormed();
  const uri = path.split("/").map(encodeURIComponent).join("/");
  return {
    physicalLocation: {
      artifactLocation: { uri, uriBaseId: "IMAGE" },
      region: { startLine: 1 },
    },
    message: { text: target === "" ? name : target },
  };
}

function fingerprint({ id, package: name, target }: Finding): string {
  return `${createHash("sha256")
    .update(JSON.stringify([id, name, target]))
    .digest("hex")
    .slice(0, 16)}:1`;
}
