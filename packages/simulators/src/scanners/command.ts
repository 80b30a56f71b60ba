import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { grypeDocument } from "./grype-report.ts";
import { trivyDocument } from "./trivy-report.ts";
import { readWorld, recordCall, type ScannerFault, writeWorld } from "./world.ts";

const [state = "", scanner = "", ...words] = process.argv.slice(2);
if (scanner !== "trivy" && scanner !== "grype") throw new Error(`"${scanner}" is no scanner`);

recordCall(state, {
  scanner,
  arguments: words,
  environment: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""])),
  directory: process.cwd(),
});
const world = readWorld(state);
const [fault, ...faults] = world.faults;
writeWorld(state, { ...world, faults });

const call = scanner === "trivy" ? readTrivyCall(words) : readGrypeCall(words);
const report = scanner === "trivy" ? trivyDocument(call.image, world) : grypeDocument(call.image, world);
if (fault === "hang") await new Promise(() => setInterval(() => {}, 60_000));
if (fault === "throttled" || fault === "no-database" || fault === "no-image") refuse(complaint(fault));
write(textOf(fault));
if (call.exitCode !== 0 && world.vulnerabilities.length > 0) process.exitCode = call.exitCode;

interface ScannerRun {
  readonly image: string;
  readonly file: string | undefined;
  readonly exitCode: number;
}

/** Flags of `trivy image`, as far as one report needs them; others are refused as Cobra does. */
function readTrivyCall(args: readonly string[]): ScannerRun {
  const [command, ...rest] = args;
  if (command !== "image") refuse(`Error: unknown command "${command}" for "trivy"`);
  const { values, positionals } = flags(rest, {
    format: { type: "string", short: "f" },
    output: { type: "string", short: "o" },
    severity: { type: "string", short: "s" },
    scanners: { type: "string" },
    "ignore-unfixed": { type: "string" },
    "exit-code": { type: "string" },
    "image-src": { type: "string" },
    input: { type: "string" },
    quiet: { type: "boolean", short: "q" },
    "no-progress": { type: "boolean" },
  });
  const image = values.input ?? positionals[0];
  if (typeof image !== "string") refuse("Require at least 1 argument or --input option");
  if (values.format !== "json") refuse("this stand-in writes JSON only");
  return { image, file: text(values.output), exitCode: Number(values["exit-code"] ?? 0) };
}

function readGrypeCall(args: readonly string[]): ScannerRun {
  const { values, positionals } = flags(args, {
    output: { type: "string", short: "o" },
    file: { type: "string" },
    "fail-on": { type: "string", short: "f" },
    quiet: { type: "boolean", short: "q" },
  });
  const [image = refuse("an image/directory argument is required")] = positionals;
  if (values.output !== "json") refuse("this stand-in writes JSON only");
  return { image, file: text(values.file), exitCode: values["fail-on"] === undefined ? 0 : 2 };
}

function flags(
  args: readonly string[],
  options: Readonly<Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>>,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    return refuse(String(error).replace(/^.*Unknown option '([^']*)'.*$/s, "unknown flag: $1"));
  }
}

/** The programs' own words (issues of aquasecurity/trivy-action and anchore/grype). */
function complaint(kind: "throttled" | "no-database" | "no-image"): string {
  if (scanner === "grype") {
    if (kind === "no-image")
      return `could not determine source: errors occurred attempting to resolve '${call.image}'`;
    const why = kind === "throttled" ? "unexpected status code: 429" : "net/http: TLS handshake timeout";
    return `[0010]  WARN unable to check for vulnerability database update\n[0010] ERROR failed to load vulnerability db: unable to download listing: Get "https://grype.anchore.io/databases/v6/latest.json": ${why}`;
  }
  const fatal = "2026-11-20T14:30:19Z\tFATAL\tFatal error\t";
  if (kind === "no-image")
    return `${fatal}image scan error: scan error: unable to initialize a scanner: unable to find the specified image "${call.image}" in ["docker"]`;
  const why =
    kind === "throttled"
      ? "TOOMANYREQUESTS: retry-after: 127.702µs, allowed: 44000/minute"
      : "dial tcp: lookup mirror.gcr.io: no such host";
  return `2026-11-20T14:30:18Z\tERROR\t[vulndb] Failed to download artifact\terr="GET https://ghcr.io/v2/aquasecurity/trivy-db/manifests/2: ${why}"\n${fatal}init error: DB error: failed to download vulnerability DB: OCI artifact error: failed to download artifact from any source`;
}

function textOf(kind: ScannerFault | undefined): string {
  const whole = JSON.stringify(report, undefined, 2);
  switch (kind) {
    case "empty":
      return "";
    case "cut":
      return whole.slice(0, whole.length / 2);
    case "foreign":
      return JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", components: [] });
    default:
      return whole;
  }
}

function write(document: string): void {
  if (call.file === undefined) process.stdout.write(document);
  else writeFileSync(call.file, document);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
