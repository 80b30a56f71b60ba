import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage, buildKit, ownPlatform } from "./build.ts";
import { keepBuilders, knownBuilders, type StandInBuilder } from "./builders.ts";
import { buildxBuildFlags, readFlags, type Words } from "./flags.ts";
import { type Image, type Store, saveImage } from "./image-store.ts";
import { print, refuse, tell } from "./program.ts";
import { type Document, indexOf, manifestOf, push } from "./push.ts";

/** `docker buildx`, with Docker's own builder and any number of others. */
export async function buildx(args: readonly string[], store: Store): Promise<void> {
  const [verb = "", ...rest] = args;
  switch (verb) {
    case "version":
      return print("github.com/docker/buildx v0.24.0 d0e5e86c8b88ae4865040bc96917c338f4dd673c");
    case "inspect":
      return inspect(
        readFlags("docker buildx inspect", { switches: ["bootstrap", "debug"], values: ["builder"] }, rest),
      );
    case "create":
      return create(rest);
    case "rm":
      return remove(rest);
    case "build":
      return build(readFlags("docker buildx build", buildxBuildFlags, rest), store);
    default:
      return refuse(
        `docker: unknown command: docker buildx ${verb}\n\nRun 'docker buildx --help' for more information`,
      );
  }
}

function builderNamed(name: string | undefined): StandInBuilder {
  const wanted = name ?? process.env["BUILDX_BUILDER"] ?? "default";
  return (
    knownBuilders().find((each) => each.name === wanted) ?? refuse(`ERROR: no builder "${wanted}" found`)
  );
}

function inspect(words: Words): void {
  const { name, driver } = builderNamed(words.positionals[0] ?? words.one("builder"));
  print(
    [
      `Name:          ${name}`,
      `Driver:        ${driver}`,
      "",
      "Nodes:",
      `Name:             ${driver === "docker" ? name : `${name}0`}`,
      `Endpoint:         ${driver === "docker" ? "default" : "unix:///var/run/docker.sock"}`,
      "Status:           running",
      "BuildKit version: v0.21.0",
      "Platforms:        linux/amd64, linux/amd64/v2, linux/386, linux/arm64",
    ].join("\n"),
  );
}

function create(args: readonly string[]): void {
  const words = readFlags(
    "docker buildx create",
    {
      switches: ["append", "bootstrap", "leave", "use"],
      values: ["buildkitd-config", "buildkitd-flags", "driver", "driver-opt", "name", "node", "platform"],
    },
    args,
  );
  const name = words.one("name") ?? "sleepy_ship";
  const known = knownBuilders();
  if (known.some((each) => each.name === name))
    refuse(
      `ERROR: existing instance for "${name}" but no append mode, specify the node name to make changes for existing instances`,
    );
  keepBuilders([...known, { name, driver: words.one("driver") ?? "docker-container" }]);
  print(name);
}

function remove(args: readonly string[]): void {
  const words = readFlags(
    "docker buildx rm",
    {
      switches: ["all-inactive", "force", "keep-daemon", "keep-state"],
      values: ["builder"],
      short: { f: "force" },
    },
    args,
  );
  const [name] = words.positionals;
  builderNamed(name);
  keepBuilders(knownBuilders().filter((each) => each.name !== name));
  print(`${name} removed`);
}

interface Export {
  readonly type: string;
  readonly dest: string | undefined;
  readonly push: boolean;
}

async function build(words: Words, store: Store): Promise<void> {
  const builder = builderNamed(words.one("builder"));
  const platforms = words.all("platform").flatMap((each) => each.split(","));
  const exports = exportsOf(words, builder);
  checkDriver(words, builder, platforms, exports);
  tell(`#0 building with "${builder.name}" instance using ${builder.driver} driver\n`);
  const images: Image[] = [];
  for (const platform of platforms.length > 0 ? platforms : [ownPlatform])
    images.push(await buildImage(words, platform, store, buildKit));
  const content = exported(images, words, builder);
  const [single] = images.length === 1 ? images : [];
  for (const each of exports) await carryOutExport(each, images, content, words, builder, store);
  for (const line of words.all("cache-to")) exportCache(line);
  const wroteImage = exports.some(({ type }) => ["image", "registry", "docker", "oci"].includes(type));
  if (exports.length === 0)
    tell(
      `WARNING: No output specified with ${builder.driver} driver. Build result will only remain in the build cache. To push result image into registry use --push or to load image into docker use --load`,
    );
  const plain = content.children.length === 0 ? single : undefined;
  const iidFile = words.one("iidfile");
  if (iidFile) writeFileSync(iidFile, wroteImage ? (plain?.id ?? content.digest) : "");
  const metadataFile = words.one("metadata-file");
  if (metadataFile)
    writeFileSync(
      metadataFile,
      JSON.stringify({
        "buildx.build.ref": `${builder.name}/${builder.name}0/v7n3ejsdybnijba4kjyri7idg`,
        ...(wroteImage && {
          ...(plain && { "containerimage.config.digest": plain.id }),
          ...(builder.driver !== "docker" && {
            "containerimage.descriptor": { mediaType: content.mediaType, digest: content.digest },
          }),
          "containerimage.digest": builder.driver === "docker" ? plain?.id : content.digest,
          "image.name": words.all("tag").join(","),
        }),
      }),
    );
}

/** What leaves the builder: a manifest, or an index of several platforms or with attestations. */
function exported(images: readonly Image[], words: Words, { driver }: StandInBuilder): Document {
  const [first] = images;
  const wished = words.one("provenance");
  const intoStore = words.has("load") && !words.has("push");
  const attests = driver !== "docker" && !intoStore && wished !== "false";
  if (first && images.length === 1 && !attests)
    return manifestOf(first, driver === "docker" ? "docker" : "oci");
  return indexOf(images, "oci", attests ? `mode=${wished ?? "min"}` : undefined);
}

function exportsOf(words: Words, { driver }: StandInBuilder): Export[] {
  const outputs = words.all("output").map((line) => {
    const fields = Object.fromEntries(line.split(",").map((field) => field.split("="))) as Record<
      string,
      string
    >;
    if (!line.includes("=")) return { type: line === "-" ? "tar" : "local", dest: line, push: false };
    return { type: fields["type"] ?? "", dest: fields["dest"], push: fields["push"] === "true" };
  });
  const all = [
    ...outputs,
    ...(words.has("load") ? [{ type: "docker", dest: undefined, push: false }] : []),
    ...(words.has("push") ? [{ type: "registry", dest: undefined, push: true }] : []),
  ];
  return all.length === 0 && driver === "docker" ? [{ type: "docker", dest: undefined, push: false }] : all;
}

/** What Docker's own builder refuses (buildx: build/opt.go). */
function checkDriver(
  words: Words,
  { driver }: StandInBuilder,
  platforms: readonly string[],
  exports: readonly Export[],
): void {
  const unsupported = (feature: string, topic: string) =>
    refuse(
      `ERROR: failed to build: ${feature} is not supported for the docker driver.\nSwitch to a different driver, or turn on the containerd image store, and try again.\nLearn more at https://docs.docker.com/go/${topic}/`,
    );
  if (driver === "docker") {
    if (platforms.length > 1) unsupported("Multi-platform build", "build-multi-platform");
    if (words.all("cache-to").some((line) => !line.includes("type=inline")))
      unsupported("Cache export", "build-cache-backends");
    const attests = [words.one("provenance"), words.one("sbom")].some((each) => each && each !== "false");
    if (attests || words.all("attest").length > 0) unsupported("Attestation", "attestations");
    if (exports.some(({ type }) => type === "oci")) unsupported("OCI exporter", "build-exporters");
  } else if (platforms.length > 1 && exports.some(({ type, dest }) => type === "docker" && !dest))
    refuse("ERROR: failed to build: docker exporter does not currently support exporting manifest lists");
  if (words.one("iidfile") && exports.some(({ type }) => type === "local" || type === "tar"))
    refuse("ERROR: local and tar exporters are incompatible with image ID file");
}

async function carryOutExport(
  { type, dest, push: pushes }: Export,
  images: readonly Image[],
  content: Document,
  words: Words,
  { driver }: StandInBuilder,
  store: Store,
): Promise<void> {
  tell("#90 exporting to image");
  for (const { id } of images)
    tell(driver === "docker" ? `#90 writing image ${id} done` : `#90 exporting config ${id} done`);
  if (type === "local" && dest) {
    mkdirSync(dest, { recursive: true });
    writeFileSync(join(dest, "exported"), images.map(({ id }) => id).join("\n"));
  } else if (dest) writeFileSync(dest, images.map(({ id }) => id).join("\n"));
  const intoStore = type === "docker" || (type === "image" && driver === "docker");
  if (intoStore && !dest) {
    for (const image of images) {
      for (const name of [...words.all("tag"), image.id]) saveImage(store, name, image);
    }
  }
  if (type !== "registry" && !pushes) return;
  for (const name of words.all("tag")) {
    const { problem } = await push(content, name);
    if (problem !== undefined)
      refuse(
        `#90 ERROR: failed to push ${name}: ${problem}\n------\n > exporting to image:\n------\nERROR: failed to build: failed to solve: failed to push ${name}: ${problem}`,
      );
    tell(`#90 pushing manifest for ${name}@${content.digest} done`);
  }
  tell("#90 DONE 0.1s\n");
}

/** A folder is written as BuildKit would; where other caches lie is not told. */
function exportCache(line: string): void {
  const dest = /(?:^|,)dest=([^,]+)/.exec(line)?.[1];
  if (/(?:^|,)type=local(?:,|$)/.test(line) && dest !== undefined) {
    rmSync(join(dest, "index.json"), { force: true });
    mkdirSync(join(dest, "blobs/sha256"), { recursive: true });
    writeFileSync(join(dest, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [] }));
  }
  tell("#91 exporting cache to client directory\n#91 DONE 0.1s\n");
}
