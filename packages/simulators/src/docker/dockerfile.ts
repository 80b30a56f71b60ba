import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "./image-store.ts";

/** An instruction with its place, `2/4`. */
export interface Step {
  readonly place: string;
  readonly instruction: string;
}

/** How an instruction ended. */
export type StepEnd =
  | { readonly kind: "cached" | "built"; readonly output: readonly string[] }
  | { readonly kind: "failed"; readonly exitCode: number; readonly output: readonly string[] };

/** What the instructions of a build may see. */
export interface Surroundings {
  readonly store: Store;
  /** Changes with every file of the context. */
  readonly contextDigest: string;
  readonly platform: string;
  readonly useCache: boolean;
  /** Contents of the build's secrets by id. */
  readonly secrets: ReadonlyMap<string, Buffer>;
}

/** Reads a Dockerfile line by line; `undefined` when there is none. */
export function readDockerfile(path: string): readonly Step[] | undefined {
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8")
    .replaceAll(/\\\n/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((instruction, index) => ({ place: `${index + 1}/${lines.length}`, instruction }));
}

/** Carries out instructions one by one, with a cache over the chain of them; answers what the layers are made of. */
export async function carryOut(
  steps: readonly Step[],
  surroundings: Surroundings,
  told: { begun(step: Step): void; ended(step: Step, end: StepEnd): void },
): Promise<string | undefined> {
  let chain = surroundings.platform;
  for (const step of steps) {
    const reads = /^(?:COPY|ADD)\b/i.test(step.instruction) ? surroundings.contextDigest : "";
    chain = hash(`${chain}\n${step.instruction}\n${reads}`);
    told.begun(step);
    const known = surroundings.useCache ? recall(surroundings.store, chain) : undefined;
    const end: StepEnd =
      known === undefined ? await perform(step, surroundings) : { kind: "cached", output: [] };
    told.ended(step, end);
    if (end.kind === "failed") return undefined;
    if (known === undefined)
      remember(
        surroundings.store,
        chain,
        /\bdate\b/.test(step.instruction) ? `${process.hrtime.bigint()}` : "same",
      );
    chain = hash(`${chain}\n${recall(surroundings.store, chain)}`);
  }
  return chain;
}

/** Forgets every instruction that was carried out. */
export function forgetSteps(directory: string): void {
  rmSync(join(directory, "steps"), { recursive: true, force: true });
}

function recall({ directory }: Store, chain: string): string | undefined {
  const file = join(directory, "steps", chain);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function remember({ directory }: Store, chain: string, result: string): void {
  mkdirSync(join(directory, "steps"), { recursive: true });
  writeFileSync(join(directory, "steps", chain), result);
}

/** What a few commands would do; any other succeeds and says nothing. */
async function perform({ instruction }: Step, { secrets }: Surroundings): Promise<StepEnd> {
  const run = /^RUN\s+(?<mounts>(?:--\S+\s+)*)(?<command>.+)$/i.exec(instruction)?.groups;
  if (run === undefined) return { kind: "built", output: [] };
  for (const [, id = ""] of (run["mounts"] ?? "").matchAll(/type=secret\S*?\bid=([^,\s]+)/g)) {
    const secret = secrets.get(id);
    if (secret === undefined)
      return {
        kind: "failed",
        exitCode: 1,
        output: [`cat: can't open '/run/secrets/${id}': No such file or directory`],
      };
    return { kind: "built", output: [`${secret.byteLength} /run/secrets/${id}`] };
  }
  const [program = "", ...rest] = wordsOf(run["command"] ?? "");
  switch (program) {
    case "false":
      return { kind: "failed", exitCode: 1, output: [] };
    case "exit":
      return { kind: "failed", exitCode: Number(rest[0]), output: [] };
    case "ls":
      return { kind: "failed", exitCode: 1, output: [`ls: ${rest[0]}: No such file or directory`] };
    case "sleep":
      await sleep(Number(rest[0]) * 1_000);
      return { kind: "built", output: [] };
    case "echo":
      return { kind: "built", output: [rest.join(" ")] };
    default:
      return { kind: "built", output: [] };
  }
}

function wordsOf(command: string): string[] {
  const words = command.startsWith("[") ? (JSON.parse(command) as string[]) : command.split(/\s+/);
  return /(?:^|\/)busybox$/.test(words[0] ?? "") ? words.slice(1) : words;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
