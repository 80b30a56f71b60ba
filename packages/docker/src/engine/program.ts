import { type Completed, isShipError } from "#ship/kit";
import type { EngineOptions } from "./options.ts";

/** How to watch one call. */
export interface Watch {
  readonly signal: AbortSignal;
  onLine?(line: string): void;
}

/** A container program with the environment and logins of this step. */
export type Program = (args: readonly string[], watch: Watch) => Promise<Completed>;

/** A program at work for one step. */
export interface Session {
  readonly call: Program;
  readonly options: EngineOptions;
  readonly signal: AbortSignal;
}

/** Milliseconds for calls that clean up after a cancellation, within the runner's grace time. */
const cleaningMilliseconds = 3_500;

/** A signal for work that a cancelled step still has to do. */
export function cleaningSignal(): AbortSignal {
  return AbortSignal.timeout(cleaningMilliseconds);
}

/** What a call of a container program is made of. */
export interface ProgramOptions extends Pick<EngineOptions, "exec" | "environment"> {
  readonly config: Pick<EngineOptions["config"], "directory">;
}

/** The program `name`; `own` variables win over the job's, and those over `fallback`. */
export function program(
  name: string,
  { exec, environment, config }: ProgramOptions,
  own: Readonly<Record<string, string>> = {},
  fallback: Readonly<Record<string, string>> = {},
): Program {
  return (args, { signal, onLine }) =>
    exec({
      program: name,
      arguments: args,
      environment: {
        ...fallback,
        ...environment.childVariables(),
        DOCKER_CONFIG: config.directory,
        ...own,
      },
      signal,
      ...(onLine && { onLine }),
    });
}

/** What a program said about whether it works. */
export type Answer =
  | { readonly kind: "answers"; readonly text: string }
  | { readonly kind: "silent"; readonly reason: string };

/** Asks a program for something short. A program that is missing or refuses has its reason in the answer. */
export async function ask(
  name: string,
  call: Program,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const { exitCode, stdout, stderr } = await call(args, { signal });
    if (exitCode === 0) return { kind: "answers", text: stdout.trim() };
    return {
      kind: "silent",
      reason: `${name} ${args[0] ?? ""}: ${lastLine(stderr) || `exit code ${exitCode}`}`,
    };
  } catch (error) {
    if (!isShipError(error) || error.code !== "TOOL_MISSING") throw error;
    return { kind: "silent", reason: error.message };
  }
}

/** The last line with something in it. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
