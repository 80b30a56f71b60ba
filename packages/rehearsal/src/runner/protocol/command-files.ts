import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Largest job summary of one step, in bytes. */
const summaryLimit = 1024 * 1024;

/** What a step wrote into the files GitHub gives it. */
export interface FileEffects {
  readonly outputs: ReadonlyMap<string, string>;
  readonly env: ReadonlyMap<string, string>;
  readonly state: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
  readonly summary: string;
  /** In the runner's words. */
  readonly errors: readonly string[];
  /** Whether one of the errors fails the step; an oversized summary does not. */
  readonly failed: boolean;
}

/** The files of one process: `variables` point it to them, `collect` reads and removes them. */
export interface CommandFiles {
  readonly variables: Readonly<Record<string, string>>;
  collect(): FileEffects;
}

const names = {
  output: "OUTPUT",
  env: "ENV",
  state: "STATE",
  path: "PATH",
  step_summary: "STEP_SUMMARY",
} as const;
type FileName = keyof typeof names;

/** Creates empty command files in `directory`, told apart by `unique`. */
export function createCommandFiles(directory: string, unique: string): CommandFiles {
  mkdirSync(directory, { recursive: true });
  const path = (name: FileName) => join(directory, `${name}_${unique}`);
  const all = Object.keys(names) as FileName[];
  for (const name of all) writeFileSync(path(name), "");
  const text = (name: FileName) => {
    try {
      return readFileSync(path(name), "utf8").replace(/^\uFEFF/, "");
    } catch {
      return "";
    }
  };
  return {
    variables: Object.fromEntries(all.map((name) => [`GITHUB_${names[name]}`, path(name)])),
    collect() {
      const errors: string[] = [];
      const pairs = (name: FileName): ReadonlyMap<string, string> => {
        try {
          const read = parsePairs(text(name));
          if (name === "env" && [...read.keys()].some((key) => key.toUpperCase() === "NODE_OPTIONS")) {
            throw new Error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
          }
          return read;
        } catch (error) {
          errors.push(`Unable to process file command '${name}' successfully.`);
          errors.push(error instanceof Error ? error.message : String(error));
          return new Map();
        }
      };
      const read = { outputs: pairs("output"), env: pairs("env"), state: pairs("state") };
      const failed = errors.length > 0;
      const paths = text("path")
        .split(/\r?\n/)
        .filter((line) => line !== "");
      let summary = text("step_summary");
      const size = Buffer.byteLength(summary);
      if (size > summaryLimit) {
        errors.push(
          `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.floor(size / 1024)}k.`,
        );
        summary = "";
      }
      for (const name of all) rmSync(path(name), { force: true });
      return { ...read, paths, summary, errors, failed };
    },
  };
}

/**
 * Parses `name=value` lines and `name<<DELIMITER` blocks.
 * Throws what the runner says about a line that is neither.
 */
export function parsePairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const block = line.indexOf("<<");
    if (equals >= 0 && (block < 0 || equals < block)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      pairs.set(line.slice(0, equals), line.slice(equals + 1));
    } else if (block >= 0) {
      const name = line.slice(0, block);
      const delimiter = line.slice(block + 2);
      if (name === "" || delimiter === "") {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const end = lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      pairs.set(name, lines.slice(index + 1, end).join("\n"));
      index = end;
    } else throw new Error(`Invalid format '${line}'`);
  }
  return pairs;
}
