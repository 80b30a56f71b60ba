import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { systemClock } from "#ship/kit";
import {
  type InstalledDocker,
  type InstalledEngine,
  installBuildah,
  installDocker,
  type Registry,
  startRegistry,
} from "#ship/simulators";
import { everyEngine, type Subject } from "./suite.ts";

let folder: string;
let withBuildx: InstalledDocker;
let embedded: InstalledDocker;
let buildah: InstalledEngine;
let podman: InstalledEngine;
let registry: Registry;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-programs-"));
  writeFileSync(join(folder, "busybox"), "any bytes");
  withBuildx = await installDocker(join(folder, "buildx"));
  embedded = await installDocker(join(folder, "docker"));
  await embedded.setBuildx("absent");
  await embedded.setClient("20.10.24+dfsg1");
  buildah = await installBuildah(join(folder, "buildah"));
  podman = await installBuildah(join(folder, "podman"), "podman");
  registry = await startRegistry({
    clock: systemClock,
    access: { kind: "basic", verify: (user, password) => user === "ship" && password === "open-sesame" },
  });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function stoodIn(subject: Pick<Subject, "title" | "name" | "programs" | "runs">): void {
  everyEngine({
    ...subject,
    registry: () => ({ host: registry.host, user: "ship", password: "open-sesame" }),
    environment: () => ({}),
    busybox: () => join(folder, "busybox"),
    platforms: "several",
    plan: () => ({}),
  });
}

stoodIn({
  title: "buildx",
  name: "buildx",
  programs: () => ({ docker: join(withBuildx.path, "docker") }),
  runs: "images",
});
stoodIn({
  title: "docker without buildx",
  name: "docker",
  programs: () => ({ docker: join(embedded.path, "docker") }),
  runs: "images",
});
stoodIn({
  title: "buildah",
  name: "buildah",
  programs: () => ({ buildah: join(buildah.path, "buildah") }),
  runs: "nothing",
});
stoodIn({
  title: "podman",
  name: "podman",
  programs: () => ({ podman: join(podman.path, "podman") }),
  runs: "nothing",
});
