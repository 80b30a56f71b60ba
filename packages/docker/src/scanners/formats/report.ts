import type { Finding } from "#ship/images";

/** What could be read of a scanner's report. */
export interface ReadReport {
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** A report that is none: empty, cut off, or of a format that is not known. The message continues "The report …". */
export class UnreadableReport extends Error {}
