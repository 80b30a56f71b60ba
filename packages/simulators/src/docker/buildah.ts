import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage, type Notation, ownPlatform } from "./build.ts";
import { readFlags, UsageError } from "./flags.ts";
import { type Image, loadImage, openStore, saveImage } from "./image-store.ts";
import { print, refuse, tell } from "./program.ts";
import { type Document, indexOf, manifestOf, push } from "./push.ts";
import { recordCall } from "./record.ts";

/** `buildah` and `podman` as far as building and pushing go: they need no daemon and write OCI images. */
const [state = "", self = "", verb = "", ...rest] = process.argv.slice(2);
const store = openStore(state);
recordCall(state, self, [verb, ...rest]);

const buildTable = {
  switches: ["layers", "no-cache", "squash", "rm", "quiet", "tls-verify"],
  values: [
    ...[
      "add-host",
      "annotation",
      "authfile",
      "build-arg",
      "build-context",
      "cache-from",
      "cache-to",
      "cgroup-parent",
    ],
    ...[
      "file",
      "format",
      "iidfile",
      "isolation",
      "label",
      "manifest",
      "network",
      "output",
      "platform",
      "pull",
    ],
    ...["secret", "shm-size", "ssh", "tag", "target", "timestamp", "ulimit"],
  ],
  short: { f: "file", t: "tag" },
};
const pushTable = {
  switches: ["all", "quiet", "rm"],
  values: ["authfile", "creds", "digestfile", "format", "retry", "retry-delay", "tls-verify"],
  short: { q: "quiet" },
};

/** buildah 1.28: a step each line, the output of instructions in between. */
const notation: Notation = {
  begun: ({ place, instruction }) => print(`STEP ${place}: ${instruction}`),
  ended(_, number, end) {
    for (const line of end.output) print(line);
    if (end.kind === "cached") print(`--> Using cache ${String(number).padStart(64, "0")}`);
    if (end.kind === "built") print(`--> ${String(number).padStart(11, "0")}`);
  },
  failed: ({ instruction }, _, exitCode) =>
    refuse(
      `Error: building at STEP "${instruction}": while running runtime: exit status ${exitCode}`,
      exitCode,
    ),
};

try {
  await obey();
} catch (error) {
  if (error instanceof UsageError) refuse(`Error: ${error.message}`, 125);
  throw error;
}

async function obey(): Promise<void> {
  switch (verb) {
    case "--version":
      return print(
        self === "podman"
          ? "podman version 4.3.1"
          : "buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)",
      );
    case "build":
      return build();
    case "inspect":
    case "image":
      return inspect();
    case "push":
      return pushImage();
    case "manifest":
      return manifest();
    default:
      return refuse(`Error: unknown command "${verb}" for "${self}"`, 125);
  }
}

async function build(): Promise<void> {
  const words = readFlags(`${self} build`, buildTable, rest);
  const image = await buildImage(words, words.one("platform") ?? ownPlatform, store, notation);
  if (!words.has("no-cache")) for (const cache of words.all("cache-to")) await exportCache(image, cache);
  for (const name of [...words.all("tag"), image.id]) saveImage(store, name, image);
  print(`COMMIT ${words.all("tag")[0] ?? ""}`);
  const file = words.one("iidfile");
  if (file) writeFileSync(file, image.id);
}

/** One that cannot be pushed ends the build (containers/buildah 1.28: imagebuildah/stage_executor.go, pushCache). */
async function exportCache(image: Image, cache: string): Promise<void> {
  const key = image.id.replace("sha256:", "");
  print(`--> Pushing cache ${cache}:${key}`);
  const { problem } = await push(manifestOf(image, "oci"), `${cache}:${key}`).catch((error: Error) => ({
    problem: `pinging container registry: ${error.message}`,
  }));
  const [host, ...path] = cache.split("/");
  if (problem !== undefined)
    refuse(`Error: failed pushing cache to {{{"${host}" "${path.join("/")}"} "${key}"}}: ${problem}`, 125);
}

function inspect(): void {
  const image = found(rest.at(-1) ?? "");
  const { os, architecture, variant = "" } = JSON.parse(image.config) as Record<string, string>;
  const format = rest[rest.indexOf("--format") + 1] ?? "";
  print(
    format
      .replaceAll(/\{\{\.(?:OCIv1\.OS|Os)\}\}/g, os ?? "")
      .replaceAll(/\{\{\.(?:OCIv1\.)?Architecture\}\}/g, architecture ?? "")
      .replaceAll("{{.OCIv1.Variant}}", variant)
      .replaceAll("{{.Size}}", String(image.size))
      .replaceAll("{{.Manifest}}", manifestOf(image, "oci").body)
      .replaceAll(/\{\{range.*?\{\{end\}\}/gs, ""),
  );
}

async function pushImage(): Promise<void> {
  const words = readFlags(`${self} push`, pushTable, rest);
  const [source = "", destination = ""] = words.positionals;
  await upload(manifestOf(found(source), "oci"), source, destination, words.one("digestfile"));
}

async function manifest(): Promise<void> {
  const [action = "", ...more] = rest;
  const words = readFlags(`${self} manifest ${action}`, pushTable, more);
  const [list = "", second = ""] = words.positionals;
  switch (action) {
    case "create":
      keepList(list, []);
      return print(list);
    case "add":
      return keepList(list, [...listed(list), found(second).id]);
    case "inspect":
      return print(indexOf(listed(list).map(found), "oci", undefined).body);
    case "rm":
      return rmSync(listFile(list), { force: true });
    case "push":
      return upload(
        indexOf(listed(list).map(found), "oci", undefined),
        list,
        second,
        words.one("digestfile"),
      );
    default:
      return refuse(`Error: unknown command "manifest ${action}" for "${self}"`, 125);
  }
}

async function upload(
  content: Document,
  source: string,
  destination: string,
  digestFile: string | undefined,
): Promise<void> {
  tell("Getting image source signatures");
  const pushed = await push(content, destination.replace("docker://", ""));
  if (pushed.problem !== undefined) {
    const said = pushed.problem.replace("no basic auth credentials", "authentication required");
    return refuse(`Error: pushing image "${source}" to "${destination}": ${said}`, 125);
  }
  tell("Writing manifest to image destination\nStoring signatures");
  if (digestFile) writeFileSync(digestFile, pushed.digest);
}

function found(name: string): Image {
  return loadImage(store, name) ?? refuse(`Error: ${name}: image not known`, 125);
}

function listFile(name: string): string {
  mkdirSync(join(state, "lists"), { recursive: true });
  return join(state, "lists", encodeURIComponent(name));
}

function listed(name: string): readonly string[] {
  if (!existsSync(listFile(name))) refuse(`Error: ${name}: image not known`, 125);
  return JSON.parse(readFileSync(listFile(name), "utf8")) as string[];
}

function keepList(name: string, images: readonly string[]): void {
  writeFileSync(listFile(name), JSON.stringify(images));
}
