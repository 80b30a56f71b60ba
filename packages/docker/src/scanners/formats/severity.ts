import type { Severity } from "#ship/images";

const known: ReadonlyMap<string, Severity> = new Map(
  (["negligible", "low", "unknown", "medium", "high", "critical"] as const).map((word) => [word, word]),
);

/** Reads a scanner's word for a severity; a word that is none counts as `unknown`. */
export function severityOf(word: string | undefined): Severity {
  return known.get(word?.trim().toLowerCase() ?? "") ?? "unknown";
}
