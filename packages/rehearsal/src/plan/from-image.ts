import { spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { containersRuntime, sweepContainers } from "#ship/simulators";
import { buildBaseImage, prepareAppContext } from "../image/index.ts";
import { runProgram } from "../image/run-program.ts";
import { type BuiltInAction, checkout } from "../runner/index.ts";
import { oldVersion, places } from "../world/index.ts";
import type { ReleasePlan } from "./release-plan.ts";

/** Images that stay in the engine, so that the next rehearsal builds them from its cache. */
const baseImage = "ship-rehearsal/node:24";
const oldImage = `ship-rehearsal/shop-api:${oldVersion}`;

/** With a container engine: the workflow builds and pushes the image, and tasks of both releases are containers. */
export async function planFromImage(options: {
  readonly folder: string;
  readonly stack: AsyncDisposableStack;
  readonly dockerHost: string | undefined;
}): Promise<ReleasePlan> {
  const { folder, stack, dockerHost } = options;
  const context = join(folder, "context");
  await prepareAppContext({ app: places.sample, directory: context });
  await buildBaseImage({ directory: join(folder, "base"), tag: baseImage });
  const buildArguments = { NODE_IMAGE: baseImage, APP_VERSION: oldVersion };
  await runProgram("docker", [
    "build",
    "--tag",
    oldImage,
    ...Object.entries(buildArguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    context,
  ]);

  const owner = basename(folder);
  guardContainers(owner);
  const pushed = { name: "" };
  stack.defer(async () => {
    await sweepContainers(owner);
    if (pushed.name !== "") await removeImages(pushed.name);
  });
  return {
    tasks: { runtime: containersRuntime({ owner }), oldImage },
    story: "a Docker engine answers: the image is built and pushed, and tasks are containers",
    event: { name: "push" },
    inputs: {},
    image(registry) {
      pushed.name = `${registry}/shop-api`;
      return { name: pushed.name, buildArguments: `NODE_IMAGE=${baseImage}` };
    },
    builtInActions: { "actions/checkout": checkoutWithModules(join(context, "node_modules")) },
    stepEnvironment: {
      ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
      ...((await hasBuildKit()) ? {} : { DOCKER_BUILDKIT: "0" }),
    },
    skipped: {},
  };
}

/** A checkout after which the production dependencies are installed, without a package registry. */
function checkoutWithModules(modules: string): BuiltInAction {
  return async (call) => {
    const outputs = await checkout(call);
    await cp(modules, join(call.workspace, "node_modules"), { recursive: true });
    return outputs;
  };
}

/** Containers are no children of this process: when it is killed, the end of this pipe is what removes them. */
function guardContainers(owner: string): void {
  const sweep = `read -r word; docker ps --all --quiet --filter "label=ship.simulator=$0" | while read -r id; do docker rm --force "$id"; done`;
  const guard = spawn("/bin/sh", ["-c", sweep, owner], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  guard.stdin.on("error", () => undefined);
}

/** Debian's docker command line comes without buildx, which BuildKit takes since version 23. */
async function hasBuildKit(): Promise<boolean> {
  return runProgram("docker", ["buildx", "version"]).then(
    () => true,
    () => false,
  );
}

async function removeImages(name: string): Promise<void> {
  const listing = await runProgram("docker", ["image", "ls", "--quiet", "--no-trunc", name]);
  const images = [...new Set(listing.split("\n").filter((id) => id !== ""))];
  if (images.length > 0) await runProgram("docker", ["image", "rm", "--force", ...images]);
}
