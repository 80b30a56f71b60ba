/** How bad a vulnerability is, in ascending order as {@link rankOf} counts. */
export type Severity = "negligible" | "low" | "unknown" | "medium" | "high" | "critical";

/** The least severity that stops an image. */
export type Threshold = "low" | "medium" | "high" | "critical";

/**
 * `unknown` ranks with `medium`: a vulnerability that nobody has rated yet is not known to be harmless. `negligible` (Grype's
 * word for what a distribution will not fix because it does not matter) is below every threshold.
 */
const ranks: Readonly<Record<Severity, number>> = {
  negligible: 0,
  low: 1,
  unknown: 2,
  medium: 2,
  high: 3,
  critical: 4,
};

/** The weight of a severity: the larger, the worse. */
export function rankOf(severity: Severity): number {
  return ranks[severity];
}

/** Reads a scanner's word for a severity; a word that is none of them counts as `unknown`. */
export function parseSeverity(word: string | undefined): Severity {
  const lower = word?.trim().toLowerCase() ?? "";
  return Object.hasOwn(ranks, lower) ? (lower as Severity) : "unknown";
}

/** What can be done about a vulnerability. `unsaid` where the report's format has no place for it. */
export type Fix =
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "none" }
  | { readonly kind: "unsaid" };

/** One vulnerability of one package in an image. */
export interface Finding {
  /** `CVE-2026-1234`, `GHSA-…`. */
  readonly id: string;
  /** Other identifiers of the same vulnerability. */
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly package: string;
  /** Version in the image; empty where the scanner does not say. */
  readonly installed: string;
  readonly fix: Fix;
  /** Where the package was found: a file, or the operating system's package list. */
  readonly target: string;
  readonly title: string;
  /** A page about it; empty where there is none. */
  readonly url: string;
}

/** Findings from the worst on, doubles dropped; of equal severity those with a fix come first, then by identifier and package. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const identity = ({ id, package: name, installed, target }: Finding) =>
    JSON.stringify([id, name, installed, target]);
  const distinct = new Map(findings.map((finding) => [identity(finding), finding]));
  const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return [...distinct.values()].sort(
    (a, b) =>
      rankOf(b.severity) - rankOf(a.severity) ||
      Number(b.fix.kind === "version") - Number(a.fix.kind === "version") ||
      order(a.id, b.id) ||
      order(a.package, b.package) ||
      order(a.target, b.target),
  );
}

/** `curl 8.5.0 → 8.5.1` with what is known of the versions. */
export function describePackage({ package: name, installed, fix }: Finding): string {
  const now = installed === "" ? name : `${name} ${installed}`;
  if (fix.kind === "version") return `${now} → ${fix.version}`;
  return fix.kind === "none" ? `${now} (no fix yet)` : now;
}
