import { writeFileSync } from "node:fs";
import { buildImage, buildKit, classic, ownPlatform } from "./build.ts";
import { buildx } from "./buildx.ts";
import { removeContainer, run } from "./containers.ts";
import { buildFlags, readFlags, UsageError } from "./flags.ts";
import { type Image, loadImage, openStore, saveImage } from "./image-store.ts";
import { print, refuse } from "./program.ts";
import { manifestOf, push } from "./push.ts";
import { recordCall } from "./record.ts";

const [state = "", verb = "", ...rest] = process.argv.slice(2);
const store = openStore(state);
recordCall(state, "docker", [verb, ...rest]);

/** Up to release 22 the command line has BuildKit embedded; later ones have the classic builder and Buildx as a plugin. */
const firstWithoutBuildKit = 23;

try {
  await obey();
} catch (error) {
  if (error instanceof UsageError) refuse(error.message, 125);
  throw error;
}

async function obey(): Promise<void> {
  if (verb === "--version") return print(`Docker version ${store.client()}, build e6534b4`);
  if (verb === "buildx") {
    if (store.buildx() === "absent")
      refuse("docker: unknown command: docker buildx\n\nRun 'docker --help' for more information");
    if (rest[0] === "version") return buildx(rest, store);
  }
  if (store.engine() === "down")
    refuse(
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    );
  switch (verb) {
    case "version":
      return version();
    case "info":
      return print(
        rest.join(" ").includes("DriverStatus")
          ? '[["Backing Filesystem","extfs"]]'
          : "Server Version: 28.2.2",
      );
    case "buildx":
      return buildx(rest, store);
    case "build":
      return build(rest);
    case "run":
      return run(rest, store);
    case "rm":
      return removeContainer(rest, store);
    case "image":
      return inspect(rest);
    case "tag":
      return saveImage(store, rest[1] ?? "", found(rest[0] ?? "", `No such image: ${rest[0]}`));
    case "volume":
      return print(rest.at(-1) ?? "");
    case "push":
      return pushReference(rest.at(-1) ?? "");
    default:
      return refuse(`docker: '${verb}' is not a docker command.\nSee 'docker --help'`);
  }
}

function version(): void {
  const format = rest.at(-1) ?? "";
  const values = {
    ".Client.Version": store.client(),
    ".Server.Version": "28.2.2",
    ".Server.Os": "linux",
    ".Server.Arch": "amd64",
  };
  print(Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{{${key}}}`, value), format));
}

async function build(args: readonly string[]): Promise<void> {
  const embedded = Number(store.client().split(".")[0]) < firstWithoutBuildKit;
  const wish = process.env["DOCKER_BUILDKIT"];
  // As an alias of Buildx where that is there (docker/cli: cmd/docker/builder.go).
  if (wish !== "0" && store.buildx() === "present") return buildx(["build", ...args], store);
  if (wish === "1" && !embedded)
    refuse(
      "ERROR: BuildKit is enabled but the buildx component is missing or broken.\n       Install the buildx component to build images with BuildKit:\n       https://docs.docker.com/go/buildx/",
    );
  const words = readFlags("docker build", buildFlags, args);
  const builder = wish === "1" ? buildKit : classic;
  if (builder === classic && words.all("secret").length > 0)
    refuse(
      "the --secret option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled",
    );
  const image = await buildImage(words, words.one("platform") ?? ownPlatform, store, builder);
  for (const name of [...words.all("tag"), image.id]) saveImage(store, name, image);
  const file = words.one("iidfile");
  if (file) writeFileSync(file, image.id);
}

function inspect(args: readonly string[]): void {
  const reference = args.at(-1) ?? "";
  const image = found(reference, `No such image: ${reference}`);
  const format = args[args.indexOf("--format") + 1] ?? "";
  const { os, architecture, variant = "" } = JSON.parse(image.config) as Record<string, string>;
  print(
    format
      .replaceAll(/\{\{with index \. "Variant"\}\}(.*?)\{\{\.\}\}\{\{end\}\}/g, variant ? `$1${variant}` : "")
      .replaceAll("{{.Os}}", os ?? "")
      .replaceAll("{{.Architecture}}", architecture ?? "")
      .replaceAll("{{.Id}}", image.id)
      .replaceAll("{{.Size}}", String(image.size))
      .replaceAll(/\{\{join \.RepoDigests .*?\}\}/g, image.repoDigests.join("\n")),
  );
}

function found(reference: string, problem: string): Image {
  return loadImage(store, reference) ?? refuse(`Error response from daemon: ${problem}`);
}

async function pushReference(reference: string): Promise<void> {
  const image =
    loadImage(store, reference) ?? refuse(`An image does not exist locally with the tag: ${reference}`);
  const pushed = await push(manifestOf(image, "docker"), reference);
  if (pushed.problem !== undefined) refuse(pushed.problem);
  const name = reference.slice(0, reference.lastIndexOf(":"));
  saveImage(store, reference, { ...image, repoDigests: [...image.repoDigests, `${name}@${pushed.digest}`] });
  print(`${reference.split(":").at(-1)}: digest: ${pushed.digest} size: ${image.size}`);
}
