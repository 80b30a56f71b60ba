import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createEngine } from "#ship/docker";
import { systemExec } from "#ship/kit";
import { everyEngine } from "../../contract/images/engines/suite.ts";
import { openWorld } from "../../contract/images/engines/world.ts";
import { type Buildx, startBuildx } from "./buildkit.ts";
import { type Registry, startRegistry } from "./registry.ts";

let folder: string;
let registry: Registry;
let buildx: Buildx;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-storage-"));
  registry = await startRegistry();
  buildx = await startBuildx();
});
afterAll(async () => {
  await buildx[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const wanted = () => ({ host: registry.address, user: registry.user, password: registry.password });
const busybox = () => "/bin/busybox";

/** Debian's own command line, which has BuildKit embedded, wherever another one comes first on PATH. */
const debianDocker = () => ({ docker: "/usr/bin/docker" });

/** A store of its own that needs no kernel support, and no namespaces. */
function containerStorage(name: string): Readonly<Record<string, string>> {
  const root = join(folder, name);
  mkdirSync(root, { recursive: true });
  const file = join(root, "storage.conf");
  writeFileSync(file, `[storage]\ndriver = "vfs"\ngraphroot = "${root}/graph"\nrunroot = "${root}/run"\n`);
  return { CONTAINERS_STORAGE_CONF: file, BUILDAH_ISOLATION: "chroot" };
}

everyEngine({
  title: "docker with its embedded BuildKit",
  name: "docker",
  registry: wanted,
  environment: () => ({}),
  programs: debianDocker,
  busybox,
  runs: "images",
  platforms: "several",
  // The engine of the tests has no bridge.
  plan: () => ({ network: "host" }),
});

everyEngine({
  title: "buildah",
  name: "buildah",
  registry: wanted,
  environment: () => containerStorage("buildah"),
  programs: () => ({}),
  busybox,
  runs: "images",
  platforms: "several",
  plan: () => ({}),
});

everyEngine({
  title: "buildx with a builder that can do everything",
  name: "buildx",
  registry: wanted,
  environment: () => buildx.environment,
  programs: debianDocker,
  busybox,
  // What it loads into Docker's store is run there.
  runs: "images",
  platforms: "several",
  plan: () => ({ builder: buildx.builder }),
});

everyEngine({
  title: "buildx with Docker's own builder",
  name: "buildx",
  registry: wanted,
  environment: () => buildx.environment,
  programs: debianDocker,
  busybox,
  runs: "images",
  platforms: "one",
  plan: () => ({ builder: "default", network: "host" }),
});

describe("a cache in a registry", () => {
  it("serves a builder that has lost its own", async () => {
    const world = await openWorld(wanted(), buildx.environment, debianDocker());
    try {
      writeFileSync(join(world.context, "stamp"), `${Math.random()}\n`);
      world.dockerfile("FROM scratch", "COPY stamp /stamp");
      const engine = createEngine("buildx", world.options);
      const cache = `type=registry,ref=${registry.address}/shop:buildcache`;
      const plan = world.plan({ builder: buildx.builder, keep: "cache", cacheTo: [`${cache},mode=max`] });
      const signal = new AbortController().signal;
      const first = await engine.build(plan, signal);
      const pruned = await systemExec({
        program: "/usr/bin/docker",
        arguments: ["buildx", "prune", "--all", "--force", "--builder", buildx.builder],
        environment: { ...world.options.environment.childVariables(), ...buildx.environment },
      });
      expect(pruned.exitCode).toBe(0);
      const second = await engine.build({ ...plan, cacheFrom: [cache], cacheTo: [] }, signal);
      expect([first, second].map(({ steps }) => steps.map(({ state }) => state))).toEqual([
        ["built"],
        ["cached"],
      ]);
      expect(second.id).toBe(first.id);
    } finally {
      await world.close();
    }
  }, 60_000);
});
