import type { ScanSubject } from "#ship/images";

/** How one scanner is called: its arguments, and where its report goes. */
export interface CommandLine {
  readonly arguments: readonly string[];
  /** `output`: the report is what the program prints. */
  readonly report: "file" | "output";
}

/** Where Trivy looks for an image (trivy image --help: --image-src). */
const trivySources = { docker: "docker", podman: "podman", registry: "remote" } as const;

/**
 * Trivy's command line. What decides is spelt out, for flags win over variables and configuration files; its own limits (exit
 * code, severities) are off because the gate judges.
 */
export function trivyLine(subject: ScanSubject, report: string): CommandLine {
  const what =
    subject.kind === "archive"
      ? ["--input", subject.path]
      : ["--image-src", trivySources[subject.store], subject.reference];
  return {
    arguments: [
      "image",
      "--format",
      "json",
      "--output",
      report,
      "--scanners",
      "vuln",
      "--severity",
      "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL",
      "--ignore-unfixed=false",
      "--exit-code",
      "0",
      "--no-progress",
      ...what,
    ],
    report: "file",
  };
}

/** Grype's command line; the source stands before the image (anchore/grype README: supported sources). */
export function grypeLine(subject: ScanSubject, report: string): CommandLine {
  const source =
    subject.kind === "archive"
      ? `${subject.format}-archive:${subject.path}`
      : `${subject.store}:${subject.reference}`;
  return { arguments: [source, "--output", "json", "--file", report], report: "file" };
}

/**
 * The user's own command line: `{image}` stands for the reference or the archive's path, which comes last where it is not
 * written; `{report}` for the file that the report is to be written to, else it is read from the output.
 */
export function ownLine(words: readonly string[], subject: ScanSubject, report: string): CommandLine {
  const image = subject.kind === "archive" ? subject.path : subject.reference;
  const filled = words.map((word) => word.replaceAll("{image}", image).replaceAll("{report}", report));
  return {
    arguments: words.some((word) => word.includes("{image}")) ? filled : [...filled, image],
    report: words.some((word) => word.includes("{report}")) ? "file" : "output",
  };
}
