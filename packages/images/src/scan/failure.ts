import { ShipError } from "#ship/kit";
import { describePackage, type Finding } from "./finding.ts";
import type { ScanPolicy, ScanVerdict } from "./gate.ts";

const shownFindings = 20;

/** The error of an image that the gate stops: how many, the limit, the worst, and what to change. */
export function scanFailure(image: string, verdict: ScanVerdict, policy: ScanPolicy): ShipError {
  const { deciding, expired } = verdict;
  const [worst] = deciding;
  const limit = `the limit is none at ${policy.threshold} or above${policy.counts === "fixable" ? " that a newer version fixes" : ""}`;
  const ended = expired
    .map(({ id, until, place }) => ` ${id} was allowed until ${until} (${place}).`)
    .join("");
  const named = worst ? ` The worst is ${describeFinding(worst)}.` : "";
  const hidden = deciding.length - shownFindings;
  return new ShipError(
    "SCAN_FAILED",
    `${image} has ${count(deciding.length)}; ${limit}.${named}${ended} Nothing was pushed.`,
    {
      hint: hint(deciding),
      details: [
        ...deciding.slice(0, shownFindings).map(describeFinding),
        ...(hidden > 0 ? [`and ${hidden} more; the reports list all`] : []),
      ],
    },
  );
}

function describeFinding(finding: Finding): string {
  const page = finding.url === "" ? "" : ` ${finding.url}`;
  return `${finding.id} (${finding.severity}) in ${describePackage(finding)}${page}`;
}

function hint(deciding: readonly Finding[]): string {
  const [worst] = deciding;
  const allow = worst
    ? `allow what you accept for a while in \`scan-allow\`: ${worst.id} until YYYY-MM-DD reason`
    : "";
  const fixable = deciding.find(({ fix }) => fix.kind === "version");
  if (fixable?.fix.kind === "version")
    return `Update ${fixable.package} to ${fixable.fix.version} (or the base image that brings it), or ${allow}.`;
  return `Use another base image or package, or ${allow}.`;
}

function count(findings: number): string {
  return findings === 1 ? "1 vulnerability" : `${findings} vulnerabilities`;
}
