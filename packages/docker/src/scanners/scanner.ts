import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Scanner, ScanReport, ScanSubject } from "#ship/images";
import { type Clock, type Environment, type Exec, isShipError, type Log, retry, ShipError } from "#ship/kit";
import { type CommandLine, grypeLine, ownLine, trivyLine } from "./command-lines.ts";
import { scannerEnvironment } from "./environment.ts";
import { UnreadableReport } from "./formats/report.ts";
import { checkedProgram, findProgram } from "./program.ts";

/** Which scanner is wanted. `auto`: Trivy where it is on PATH, else Grype. */
export type ScannerWish =
  | { readonly kind: "auto" | "trivy" | "grype" }
  | { readonly kind: "command"; readonly words: readonly [program: string, ...rest: string[]] };

/** What a scanner works with. */
export interface ScannerOptions {
  readonly wish: ScannerWish;
  /** SHA-256 of the program, 64 hex digits in lower case; `undefined` where none is pinned. */
  readonly checksum: string | undefined;
  readonly exec: Exec;
  readonly environment: Environment;
  /** Variables of the scanner besides the job's, such as `DOCKER_CONFIG`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A program, found, with how it is called. */
interface FoundProgram {
  readonly name: string;
  readonly path: string;
  /** `private`: no configuration file that happens to lie in the sources is taken. */
  readonly directory: "private" | "workspace";
  line(subject: ScanSubject, report: string): CommandLine;
}

/** Words of a vulnerability database that could not be fetched (issues of Trivy and Grype) and of broken connections. */
const passing =
  /toomanyrequests|too many requests|failed to download (?:vulnerability|artifact|java)|db error|unable to (?:check for|update|download)|failed to load vulnerability db|connection re(?:set|fused)|i\/o timeout|handshake timeout|no such host|unexpected eof|status(?: code)?:? 5\d\d|\b50[0234] /i;
const policy = {
  attempts: 4,
  baseMilliseconds: 2_000,
  capMilliseconds: 20_000,
  budgetMilliseconds: 180_000,
};
const tailLines = 20;

/** A scanner found on PATH, or the user's own command. */
export function createScanner(options: ScannerOptions): Scanner {
  const name = options.wish.kind === "command" ? options.wish.words[0] : options.wish.kind;
  return {
    name,
    async verify() {
      await prepared(options);
    },
    scan(subject, signal) {
      return retry(() => scanOnce(subject, options, signal), {
        clock: options.clock,
        signal,
        policy,
        judge: (error) =>
          isShipError(error) && error.code === "SCANNER_FAILED" && passing.test(words(error))
            ? "retry"
            : "give-up",
        onRetry: (error) => options.log.info(`${words(error as ShipError).split("\n")[0]}; trying again`),
      });
    },
  };
}

/** The program, looked for and compared anew before every start. */
async function prepared(options: ScannerOptions): Promise<FoundProgram> {
  const found = await find(options);
  if (options.checksum === undefined) return found;
  return { ...found, path: await checkedProgram(found.path, options.checksum) };
}

async function find({ wish, environment }: ScannerOptions): Promise<FoundProgram> {
  if (wish.kind === "command") {
    const [program, ...rest] = wish.words;
    const path = await findProgram(program, environment);
    if (path === undefined)
      throw new ShipError("TOOL_MISSING", `scanner-command: there is no program "${program}".`, {
        hint: "Install it in an earlier step, or write its path from the workspace.",
      });
    return {
      name: program.split("/").at(-1) ?? program,
      path,
      directory: "workspace",
      line: (subject, report) => ownLine(rest, subject, report),
    };
  }
  const wanted = wish.kind === "auto" ? (["trivy", "grype"] as const) : [wish.kind];
  for (const name of wanted) {
    const path = await findProgram(name, environment);
    if (path !== undefined)
      return { name, path, directory: "private", line: name === "trivy" ? trivyLine : grypeLine };
  }
  throw new ShipError("TOOL_MISSING", `The scanner ${wanted.join(" or ")} is not on PATH.`, {
    hint: "Install it in an earlier step, name another program in `scanner-command`, or set `scan: off`.",
  });
}

async function scanOnce(
  subject: ScanSubject,
  options: ScannerOptions,
  signal: AbortSignal,
): Promise<ScanReport> {
  const { environment, log } = options;
  const program = await prepared(options);
  const directory = await mkdtemp(join(environment.temporary, "ship-scanner-"));
  try {
    const file = join(directory, "report.json");
    const line = program.line(subject, file);
    const { exitCode, stdout, stderr } = await options.exec({
      program: program.path,
      arguments: line.arguments,
      environment: scannerEnvironment(environment, options.variables),
      directory: program.directory === "private" ? directory : environment.workspace,
      signal,
      onLine: (text, stream) => {
        if (stream === "stderr") log.quote(program.name, text);
      },
    });
    const raw = line.report === "file" ? await readIfThere(file) : stdout;
    const said = line.report === "file" ? `${stdout}\n${stderr}` : stderr;
    return await judged(program.name, raw, exitCode, said);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * A complete report counts whatever the exit code is, for scanners can be told to exit with one when they find something;
 * but a failure that found nothing is a failure.
 */
async function judged(scanner: string, raw: string, exitCode: number, said: string): Promise<ScanReport> {
  const { readReport } = await import("./formats/read.ts");
  try {
    const report = readReport(raw);
    if (exitCode !== 0 && report.findings.length === 0)
      throw new UnreadableReport("lists nothing, though the scanner failed");
    return { scanner, raw, ...report };
  } catch (error) {
    if (!(error instanceof UnreadableReport)) throw error;
    const lines = said.split("\n").filter((line) => line.trim() !== "");
    const reason = lines.findLast((line) => /fatal|error|failed|unable/i.test(line)) ?? lines.at(-1);
    const ended =
      exitCode === 0 ? "" : ` It ended with exit code ${exitCode}${reason ? `: ${reason.trim()}` : ""}.`;
    throw new ShipError("SCANNER_FAILED", `The report of ${scanner} ${error.message}.${ended}`, {
      details: lines.slice(-tailLines),
    });
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}

function words(error: ShipError): string {
  return [error.message, ...error.details].join("\n");
}
