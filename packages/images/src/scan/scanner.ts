import type { Finding } from "./finding.ts";

/** What is to be scanned. */
export type ScanSubject =
  /** An image by reference; `store` says where it is, so that a registry's older image of that name is never taken for ours. */
  | {
      readonly kind: "reference";
      readonly reference: string;
      readonly store: "docker" | "podman" | "registry";
    }
  /** A file as `docker save` or `skopeo copy … oci-archive:` writes it; absolute path. */
  | { readonly kind: "archive"; readonly path: string; readonly format: "docker" | "oci" };

/** What a scanner found in one image. */
export interface ScanReport {
  /** `trivy`, `grype`, or the program of `scanner-command`. */
  readonly scanner: string;
  /** The scanner's own report, as it was written. */
  readonly raw: string;
  readonly findings: readonly Finding[];
  /** What a reader should know about the scan itself: an operating system without updates, nothing recognised. */
  readonly warnings: readonly string[];
}

/** A program that looks for known vulnerabilities in an image. */
export interface Scanner {
  readonly name: string;
  /**
   * Looks for the program and compares its checksum, before anything is built.
   * @throws ShipError `TOOL_MISSING`; `SCANNER_CHECKSUM_MISMATCH` with both checksums
   */
  verify(): Promise<void>;
  /**
   * Scans one image. Outages and throttling of the vulnerability database are tried again a few times.
   * @throws ShipError `SCANNER_FAILED` in the scanner's words: a scan that could not be done is never "no findings"
   */
  scan(subject: ScanSubject, signal: AbortSignal): Promise<ScanReport>;
}

/** The image or file as a reader knows it. */
export function subjectName(subject: ScanSubject): string {
  return subject.kind === "reference" ? subject.reference : subject.path;
}
