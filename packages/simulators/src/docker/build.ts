import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { carryOut, readDockerfile, type Step, type StepEnd } from "./dockerfile.ts";
import type { Words } from "./flags.ts";
import { type Image, listing, makeImage, type Store, sha256 } from "./image-store.ts";
import { print, refuse, tell } from "./program.ts";

/** How a builder writes its progress. */
export interface Notation {
  begun(step: Step, number: number): void;
  ended(step: Step, number: number, end: StepEnd): void;
  /** Ends the program. */
  failed(step: Step, number: number, exitCode: number, output: readonly string[]): never;
}

/** Carries out a Dockerfile for one platform. */
export async function buildImage(
  words: Words,
  platform: string,
  store: Store,
  notation: Notation,
): Promise<Image> {
  const [context] = words.positionals;
  if (context === undefined || words.positionals.length > 1)
    return refuse("\"docker build\" requires exactly 1 argument.\nSee 'docker build --help'.");
  if (!/^\w+:\/\//.test(context) && !existsSync(context))
    refuse(`ERROR: unable to prepare context: path "${context}" not found`);
  const file = words.one("file") ?? join(context, "Dockerfile");
  const steps = readDockerfile(file);
  if (steps === undefined)
    return refuse(
      "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
    );
  let number = 0;
  const result = await carryOut(
    steps,
    {
      store,
      contextDigest: sha256(Buffer.from(listing(context))),
      platform,
      useCache: !words.has("no-cache"),
      secrets: readSecrets(words.all("secret")),
    },
    {
      begun(step) {
        number += 1;
        notation.begun(step, number);
      },
      ended(step, end) {
        notation.ended(step, number, end);
        if (end.kind === "failed") notation.failed(step, number, end.exitCode, end.output);
      },
    },
  );
  const labels = Object.fromEntries(words.all("label").map((label) => label.split(/=(.*)/s).slice(0, 2)));
  const epoch = words.all("build-arg").find((argument) => argument.startsWith("SOURCE_DATE_EPOCH="));
  return makeImage({
    context,
    result: result ?? "",
    platform,
    labels,
    instructions: steps.map(({ instruction }) => instruction),
    created: epoch?.split("=")[1],
  });
}

/** The platform of an image that nobody asked to be for another one. */
export const ownPlatform = "linux/amd64";

function readSecrets(lines: readonly string[]): ReadonlyMap<string, Buffer> {
  return new Map(
    lines.map((line) => {
      const fields = Object.fromEntries(
        line.split(",").map((field) => field.replaceAll('"', "").split(/=(.*)/s).slice(0, 2)),
      ) as Readonly<Record<string, string>>;
      const id = fields["id"] ?? refuse(`ERROR: secret ${line} has no id`);
      if (fields["env"] !== undefined) return [id, Buffer.from(process.env[fields["env"]] ?? "")];
      const path = fields["src"] ?? fields["source"] ?? id;
      if (!existsSync(path)) refuse(`ERROR: failed to stat ${path}: stat ${path}: no such file or directory`);
      return [id, readFileSync(path)];
    }),
  );
}

/** BuildKit's plain progress. */
export const buildKit: Notation = {
  begun: ({ place, instruction }, number) => tell(`#${number + 3} [${place}] ${instruction}`),
  ended(_, number, end) {
    for (const line of end.output) tell(`#${number + 3} 0.101 ${line}`);
    if (end.kind === "cached") tell(`#${number + 3} CACHED\n`);
    if (end.kind === "built") tell(`#${number + 3} DONE 0.1s\n`);
  },
  failed({ place, instruction }, number, exitCode, output) {
    const command = instruction.replace(/^RUN\s+(?:--\S+\s+)*/i, "");
    const shell = command.startsWith("[")
      ? (JSON.parse(command) as string[]).join(" ")
      : `/bin/sh -c ${command}`;
    const reason = `process "${shell}" did not complete successfully: exit code: ${exitCode}`;
    const [line] = place.split("/");
    return refuse(
      [
        `#${number + 3} ERROR: ${reason}`,
        "------",
        ` > [${place}] ${instruction}:`,
        ...output.map((each) => `0.101 ${each}`),
        "------",
        `Dockerfile:${line}`,
        "--------------------",
        `   ${line} | >>> ${instruction}`,
        "--------------------",
        `ERROR: failed to build: failed to solve: ${reason}`,
      ].join("\n"),
    );
  },
};

/** The builder from before BuildKit, which writes to standard output. */
export const classic: Notation = {
  begun: ({ place, instruction }) => print(`Step ${place} : ${instruction}`),
  ended(_, number, end) {
    for (const line of end.output) print(line);
    if (end.kind === "cached") print(" ---> Using cache");
    if (end.kind !== "failed") print(` ---> ${String(number).padStart(12, "0")}`);
  },
  failed({ instruction }, _, exitCode) {
    return refuse(
      `The command '/bin/sh -c ${instruction.replace(/^RUN\s+/i, "")}' returned a non-zero code: ${exitCode}`,
    );
  },
};
