import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildLayer, type Image, loadImage, openStore, saveImage } from "./image-store.ts";
import { push } from "./push.ts";

const [state = "", verb = "", ...rest] = process.argv.slice(2);
const store = openStore(state);

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (store.engine() === "down") {
  refuse("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?");
}

switch (verb) {
  case "version":
    process.stdout.write("28.2.2\n");
    break;
  case "build":
    await build(rest);
    break;
  case "image":
    inspect(rest);
    break;
  case "push":
    await pushReference(rest.at(-1) ?? "");
    break;
  default:
    refuse(`docker: '${verb}' is not a docker command.`);
}

async function build(args: readonly string[]): Promise<void> {
  const many = { type: "string", multiple: true } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      iidfile: { type: "string" },
      tag: many,
      label: many,
      "build-arg": many,
      file: { type: "string" },
      target: { type: "string" },
      pull: { type: "boolean" },
      "no-cache": { type: "boolean" },
    },
  });
  const context = positionals[0] ?? refuse('"docker build" requires exactly 1 argument.');
  const instructions = readDockerfile(values.file ?? join(context, "Dockerfile"));
  for (const [index, instruction] of instructions.entries()) {
    process.stderr.write(`#${index + 4} [${index + 1}/${instructions.length}] ${instruction}\n`);
    await perform(instruction, `${index + 1}/${instructions.length}`);
  }
  const labels = Object.fromEntries((values.label ?? []).map((label) => label.split(/=(.*)/s).slice(0, 2)));
  const image = buildLayer(context, labels);
  for (const reference of values.tag ?? []) saveImage(store, reference, image);
  saveImage(store, image.id, image);
  if (values.iidfile) writeFileSync(values.iidfile, image.id);
}

function readDockerfile(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
  } catch {
    return refuse(
      "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
    );
  }
}

async function perform(instruction: string, step: string): Promise<void> {
  const waits = /^RUN sleep (\d+)$/.exec(instruction);
  if (waits) await sleep(Number(waits[1]) * 1_000);
  if (instruction !== "RUN false") return;
  const failed = 'process "/bin/sh -c false" did not complete successfully: exit code: 1';
  refuse(
    `#9 ERROR: ${failed}\n------\n > [${step}] ${instruction}:\n------\nERROR: failed to solve: ${failed}`,
  );
}

function inspect(args: readonly string[]): void {
  const reference = args.at(-1) ?? "";
  const image: Image =
    loadImage(store, reference) ?? refuse(`Error response from daemon: No such image: ${reference}`);
  const wantsSize = args.some((argument) => argument.includes(".Size"));
  process.stdout.write(`${wantsSize ? image.size : image.repoDigests.join("\n")}\n`);
}

async function pushReference(reference: string): Promise<void> {
  const image =
    loadImage(store, reference) ?? refuse(`An image does not exist locally with the tag: ${reference}`);
  const pushed = await push(image, reference);
  if (pushed.problem !== undefined) refuse(pushed.problem);
  const name = reference.slice(0, reference.lastIndexOf(":"));
  saveImage(store, reference, { ...image, repoDigests: [...image.repoDigests, `${name}@${pushed.digest}`] });
  process.stdout.write(`${reference.split(":").at(-1)}: digest: ${pushed.digest} size: ${image.size}\n`);
}
