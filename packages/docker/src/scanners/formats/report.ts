import type { Finding } from "#ship/images";

/** What could be read of a scanner's report. */
export interface ReadReport {
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** A report that is none: empty, cut off, or of a format that is not known. The message continues "The report …". */
export class UnreadableReport extends Error {}

/** Says that a scanner left something out by settings of its own, which have no last day. */
export function suppressedWarning(scanner: string, count: number): string {
  const what = count === 1 ? "1 vulnerability" : `${count} vulnerabilities`;
  return `${scanner} left out ${what} by rules of its own configuration; \`scan-allow\` would name a last day.`;
}
