import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "#ship/kit";
import type { ContainerRuntime } from "../ports.ts";
import { closestImage } from "../runtime/image-name.ts";
import { type Program, processRuntime } from "../runtime/processes.ts";
import { scriptedRuntime } from "../runtime/scripted.ts";
import type { SeedImage, SeedProgram } from "./images.ts";

/** What {@link seedRuntime} needs besides the images. */
export interface SeedRuntimeOptions {
  readonly clock: Clock;
  /** Folder that relative directories start from, and where programs run unless told; absolute. */
  readonly folder: string;
  /** `PATH` on which programs are found. */
  readonly path: string;
  /** How many times faster than the scripts say containers exit. */
  readonly speed: number;
}

/**
 * Runs containers as a seed describes their images: programs of this machine, or scripts whose addresses answer. An image
 * that is not listed runs and is healthy. Rejects with an error that names the entry when a directory is none.
 */
export async function seedRuntime(
  images: readonly SeedImage[],
  { clock, folder, path, speed }: SeedRuntimeOptions,
): Promise<ContainerRuntime> {
  const programs = new Map<string, Program>();
  const scripted = scriptedRuntime(clock, {}, { requests: "answered" });
  for (const [index, image] of images.entries()) {
    if (image.kind === "program") {
      const cwd = await directoryOf(image.program, folder, `images.${index}.directory`);
      programs.set(image.name, programIn(cwd, image.program, path));
    } else if (image.script.does === "exits") {
      scripted.script(image.name, { ...image.script, afterMs: image.script.afterMs / speed });
    } else {
      scripted.script(image.name, image.script);
    }
  }
  const names = images.map(({ name }) => name);
  const programOf = (image: string) => programs.get(closestImage(names, image) ?? "");
  const processes = processRuntime({ resolve: programOf });
  return {
    start: (container, events) =>
      (programOf(container.image) ? processes : scripted).start(container, events),
    async close() {
      await Promise.all([processes.close(), scripted.close()]);
    },
  };
}

function programIn(cwd: string, { command, environment }: SeedProgram, path: string): Program {
  const [program, ...args] = command;
  return { command: program, args, cwd, env: { PATH: path, ...environment } };
}

async function directoryOf({ directory = "." }: SeedProgram, folder: string, where: string): Promise<string> {
  const absolute = resolve(folder, directory);
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isDirectory()) return absolute;
  throw new Error(
    `${where} = ${JSON.stringify(directory)}: ${absolute} is not a folder; accepted: an existing one, absolute or seen from ${folder}.`,
  );
}
