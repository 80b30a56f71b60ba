import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { chooseEngine, createEngine } from "#ship/docker";
import { systemClock } from "#ship/kit";
import { type InstalledDocker, installDocker, type Registry, startRegistry } from "#ship/simulators";
import { failureOf } from "./suite.ts";
import { type EngineWorld, openWorld, stored } from "./world.ts";

const none = new AbortController().signal;
let folder: string;
let docker: InstalledDocker;
let registry: Registry;
let world: EngineWorld;
const logins = () => ({ host: registry.host, user: "ship", password: "open-sesame" });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-buildx-"));
  docker = await installDocker(folder);
  registry = await startRegistry({
    clock: systemClock,
    access: { kind: "basic", verify: (user, password) => user === "ship" && password === "open-sesame" },
  });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  world = await openWorld(logins(), {}, { docker: join(folder, "docker") });
  writeFileSync(join(world.context, "stamp"), `${Math.random()}\n`);
  world.dockerfile("FROM scratch", "COPY stamp /stamp");
});
afterEach(() => world.close());

const argumentsOf = (verb: string) =>
  world.started.map((command) => command.arguments.join(" ")).filter((line) => line.startsWith(verb));

describe("buildx", () => {
  it("starts a builder of its own where Docker's is not enough, tells its name first, and removes it", async () => {
    const told: string[] = [];
    const engine = createEngine("buildx", {
      ...world.options,
      onBuilder(name) {
        told.push(name);
        expect(argumentsOf("buildx create")).toEqual([]);
      },
    });
    const plan = world.plan({ cacheTo: ["type=registry,ref=registry.example/cache"], keep: "cache" });
    await engine.build(plan, none);
    expect(told).toEqual([expect.stringMatching(/^ship-/)]);
    expect(argumentsOf("buildx create")).toEqual([
      `buildx create --name ${told[0]} --driver docker-container`,
    ]);
    await engine.close();
    expect(argumentsOf("buildx rm")).toEqual([`buildx rm --force ${told[0]}`]);
  });

  it("builds anew and writes caches once: what follows only fetches the result", async () => {
    const engine = createEngine("buildx", world.options);
    const plan = world.plan({
      cache: "ignore",
      pull: "always",
      platforms: ["linux/amd64", "linux/arm64"],
      cacheTo: ["type=gha,mode=min"],
    });
    const built = await engine.build(plan, none);
    await engine.push(plan, built, 1, none);
    await engine.close();
    const [first, ...later] = argumentsOf("buildx build");
    expect(first).toContain("--pull --no-cache --cache-to type=gha,mode=min");
    expect(later).toHaveLength(2);
    for (const each of later) expect(each).not.toMatch(/--pull|--no-cache|--cache-to/);
  });

  it("does not report other bits than those it built", async () => {
    world.dockerfile("FROM scratch", "COPY stamp /stamp", "RUN date");
    const engine = createEngine("buildx", world.options);
    const plan = world.plan({ cacheTo: ["type=gha"] });
    const built = await engine.build(plan, none);
    docker.prune();
    const failure = await failureOf(engine.push(plan, built, 3, none));
    await engine.close();
    expect(failure.code).toBe("DIGEST_MISMATCH");
    expect(failure.message).toContain(built.id);
  });

  it("makes a single manifest without attestations where one is asked for", async () => {
    const engine = createEngine("buildx", world.options);
    const plan = world.plan({ cacheTo: ["type=gha"], keep: "cache" });
    for (const [tag, manifest] of [
      ["attested", "default"],
      ["plain", "plain"],
    ] as const) {
      const one = { ...plan, manifest, references: [world.reference(tag)] };
      await engine.push(one, await engine.build(one, none), 1, none);
    }
    await engine.close();
    expect((await stored(logins(), "attested"))?.document.manifests).toHaveLength(2);
    expect((await stored(logins(), "plain"))?.document.config).toBeDefined();
  });

  it("refuses outputs that would publish the image before it is tested", async () => {
    const plan = world.plan({ outputs: ["type=image,push-by-digest=true,push=true"] });
    const failure = await failureOf(createEngine("buildx", world.options).verify(plan, none));
    expect(failure).toMatchObject({ code: "INPUT_INVALID", message: expect.stringContaining("push=true") });
  });

  it("tries a push again while the registry is out, and no longer than asked", async () => {
    const engine = createEngine("buildx", world.options);
    const built = await engine.build(world.plan(), none);
    registry.faults.add({ kind: "unavailable", times: 1 });
    await engine.push(world.plan(), built, 2, none);
    registry.faults.add({ kind: "unavailable", times: 1 });
    const failure = await failureOf(engine.push(world.plan(), built, 1, none));
    expect(failure.message).toContain("503");
  });
});

describe("the choice of an engine", () => {
  afterEach(async () => {
    await docker.setEngine("running");
    await docker.setBuildx("present");
    await docker.setClient("28.2.2");
  });

  it("is docker with Buildx where that answers, and docker alone where it does not", async () => {
    expect((await chooseEngine("auto", world.options, none)).name).toBe("buildx");
    await docker.setBuildx("absent");
    expect((await chooseEngine("auto", world.options, none)).name).toBe("docker");
  });

  it("tells before the build what docker alone cannot do, and who can", async () => {
    await docker.setBuildx("absent");
    await docker.setClient("20.10.24");
    const plan = world.plan({ cacheTo: ["type=gha,mode=max"], sbom: "true", shmSize: "1g" });
    const failure = await failureOf(createEngine("docker", world.options).verify(plan, none));
    expect(failure.code).toBe("ENGINE_UNFIT");
    expect(failure.message).toBe(
      "docker without buildx cannot do what is asked: sbom (true) needs buildx; shm-size (1g) needs buildx or buildah or podman; cache-to (type=gha) needs buildx.",
    );
    expect(argumentsOf("build")).toEqual([]);
  });

  it("falls back to the classic builder where a newer command line has no Buildx", async () => {
    await docker.setBuildx("absent");
    const engine = createEngine("docker", world.options);
    await engine.verify(world.plan(), none);
    const first = await engine.build(world.plan(), none);
    const second = await engine.build(world.plan(), none);
    expect([first, second].map(({ steps }) => steps.map(({ state }) => state))).toEqual([
      ["built"],
      ["cached"],
    ]);
  });
});
