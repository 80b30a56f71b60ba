import { type AllowEntry, matches } from "./allow-list.ts";
import { type Finding, rankOf, sortFindings, type Threshold } from "./finding.ts";

/** What may be in an image. */
export interface ScanPolicy {
  readonly threshold: Threshold;
  /** `fixable`: only what a newer version fixes counts; where a report does not say, it counts. */
  readonly counts: "all" | "fixable";
  readonly allowed: readonly AllowEntry[];
}

/** A finding that an entry of the allow-list lets pass. */
export interface AllowedFinding {
  readonly finding: Finding;
  readonly entry: AllowEntry;
}

/** The gate's answer with all that led to it. */
export interface ScanVerdict {
  readonly result: "pass" | "fail";
  /** The findings that stop the image, the worst first. */
  readonly deciding: readonly Finding[];
  /** Findings that would stop it but for the allow-list. */
  readonly allowed: readonly AllowedFinding[];
  /** Entries that would let a deciding finding pass if their day were not over. */
  readonly expired: readonly AllowEntry[];
  /** Entries that name nothing in the image. */
  readonly unused: readonly AllowEntry[];
}

/**
 * Decides whether an image may be published.
 * @param today `YYYY-MM-DD` in UTC; an entry holds through its last day
 */
export function judgeScan(findings: readonly Finding[], policy: ScanPolicy, today: string): ScanVerdict {
  const sorted = sortFindings(findings);
  const counted = sorted.filter(
    ({ severity, fix }) =>
      rankOf(severity) >= rankOf(policy.threshold) && (policy.counts === "all" || fix.kind !== "none"),
  );
  const valid = policy.allowed.filter(({ until }) => until >= today);
  const deciding: Finding[] = [];
  const allowed: AllowedFinding[] = [];
  for (const finding of counted) {
    const entry = valid.find((candidate) => matches(candidate, finding));
    if (entry) allowed.push({ finding, entry });
    else deciding.push(finding);
  }
  return {
    result: deciding.length === 0 ? "pass" : "fail",
    deciding,
    allowed,
    expired: policy.allowed.filter(
      (entry) => entry.until < today && deciding.some((finding) => matches(entry, finding)),
    ),
    unused: policy.allowed.filter((entry) => !sorted.some((finding) => matches(entry, finding))),
  };
}
