import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A vulnerability that the stand-in scanners find in every image. */
export interface PlantedVulnerability {
  readonly id: string;
  /** Upper or lower case as the scanner writes it; Trivy: UNKNOWN to CRITICAL, Grype: Unknown, Negligible to Critical. */
  readonly severity: "unknown" | "negligible" | "low" | "medium" | "high" | "critical";
  readonly package: string;
  readonly installed: string;
  readonly fixed?: string;
  /** Another identifier of the same vulnerability. */
  readonly alias?: string;
  readonly target?: string;
}

/**
 * What can go wrong. `throttled`: the database's registry answers 429; `no-database`: it cannot be reached; `no-image`: the
 * image is not in the store; `empty`: the program ends well without having written anything; `cut`: the report ends in the
 * middle; `foreign`: it is JSON of another kind; `hang`: the program never ends.
 */
export type ScannerFault = "throttled" | "no-database" | "no-image" | "empty" | "cut" | "foreign" | "hang";

/** One start of a stand-in scanner. */
export interface ScannerCall {
  readonly scanner: "trivy" | "grype";
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** What the stand-in scanners know between their starts. */
export interface ScannerWorld {
  readonly vulnerabilities: readonly PlantedVulnerability[];
  /** Each start uses up the first. */
  readonly faults: readonly ScannerFault[];
  readonly endOfLife: boolean;
  readonly packages: "some" | "none";
}

/** A world without vulnerabilities and faults. */
export const cleanWorld: ScannerWorld = {
  vulnerabilities: [],
  faults: [],
  endOfLife: false,
  packages: "some",
};

const worldFile = (directory: string) => join(directory, "world.json");
const callsFile = (directory: string) => join(directory, "calls.jsonl");

/** Reads the world of an installation. */
export function readWorld(directory: string): ScannerWorld {
  return JSON.parse(readFileSync(worldFile(directory), "utf8")) as ScannerWorld;
}

/** Keeps the world of an installation. */
export function writeWorld(directory: string, world: ScannerWorld): void {
  writeFileSync(worldFile(directory), JSON.stringify(world));
}

/** Remembers one start. */
export function recordCall(directory: string, call: ScannerCall): void {
  appendFileSync(callsFile(directory), `${JSON.stringify(call)}\n`);
}

/** All starts so far. */
export function readCalls(directory: string): readonly ScannerCall[] {
  if (!existsSync(callsFile(directory))) return [];
  return readFileSync(callsFile(directory), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ScannerCall);
}
