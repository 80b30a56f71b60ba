import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One call of a stand-in program. */
export interface RecordedCall {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Notes how this process was called. */
export function recordCall(state: string, program: string, args: readonly string[]): void {
  const call: RecordedCall = { program, arguments: args, environment: process.env as Record<string, string> };
  appendFileSync(join(state, "calls.jsonl"), `${JSON.stringify(call)}\n`);
}

/** All calls so far, oldest first. */
export function recordedCalls(state: string): readonly RecordedCall[] {
  const file = join(state, "calls.jsonl");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedCall);
}
