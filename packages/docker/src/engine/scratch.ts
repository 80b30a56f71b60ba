import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildPlan, BuildSecret } from "#ship/images";
import { ShipError } from "#ship/kit";
import type { EngineOptions } from "./options.ts";

/** Files of one call that only this user can read. */
export interface Scratch {
  /** A path in the folder; the file need not exist. */
  path(name: string): string;
  write(name: string, content: string): Promise<string>;
  /** A file's trimmed text, `undefined` where the program wrote none. */
  read(name: string): Promise<string | undefined>;
}

/** Runs `work` with a folder of its own, which is gone afterwards, also after a cancellation. */
export async function withScratch<T>(
  { config }: EngineOptions,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(config.directory, "build-"));
  const path = (name: string) => join(folder, name);
  try {
    return await work({
      path,
      async write(name, content) {
        await writeFile(path(name), content, { mode: 0o600 });
        return path(name);
      },
      read: (name) =>
        readFile(path(name), "utf8").then(
          (text) => text.trim() || undefined,
          () => undefined,
        ),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `--secret` flags that name files only: the values never stand in a command line. @throws ShipError `INPUT_INVALID` */
export async function secretFlags(
  plan: BuildPlan,
  scratch: Scratch,
  options: EngineOptions,
): Promise<readonly string[]> {
  const flags: string[] = [];
  for (const [index, secret] of plan.secrets.entries()) {
    const path = await fileOf(secret, `secret-${index}`, scratch, options);
    flags.push("--secret", [`id=${secret.id}`, `src=${path}`].map(csvField).join(","));
  }
  return flags;
}

async function fileOf(
  { id, source }: BuildSecret,
  name: string,
  scratch: Scratch,
  { environment }: EngineOptions,
): Promise<string> {
  if (source.kind === "file") return source.path;
  if (source.kind === "value") return scratch.write(name, source.value);
  const value = environment.variable(source.variable);
  if (value === undefined)
    throw new ShipError(
      "INPUT_INVALID",
      `The secret ${id} is to come from the variable ${source.variable}, which is not set.`,
      { hint: `Set ${source.variable} under \`env:\` of this step.` },
    );
  return scratch.write(name, value);
}

/** One field of the CSV lines that the engines' flags take (Go's encoding/csv). */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
