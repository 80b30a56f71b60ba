import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type InstalledEngine, installBuildah } from "#ship/simulators";
import { imageWorld, sha } from "./image-world.ts";

const world = imageWorld();
type Engine = "buildx" | "docker" | "classic" | "buildah" | "podman";
const both = "linux/amd64,linux/arm64";

/** Leaves this machine with one engine; answers the PATH that finds it. */
async function only(engine: Engine): Promise<{ PATH: string; installed?: InstalledEngine }> {
  if (engine === "buildah" || engine === "podman") {
    const installed = await installBuildah(join(world.workspace, `../${engine}`), engine);
    await world.docker.setEngine("down");
    return { PATH: `${installed.path}:${world.docker.path}:${process.env["PATH"]}`, installed };
  }
  await world.docker.setBuildx(engine === "buildx" ? "present" : "absent");
  await world.docker.setClient(engine === "docker" ? "20.10.24" : "28.2.2");
  return { PATH: `${world.docker.path}:${process.env["PATH"]}` };
}

const platformsOf = (tag: string): readonly string[] => {
  const repository = world.registry.repositories.open("shop-api", "pull");
  const stored = world.registry.repositories.find(repository, tag);
  const { manifests = [] } = JSON.parse(stored?.body.toString() ?? "{}") as {
    manifests?: { platform: { os: string; architecture: string } }[];
  };
  return manifests.map(({ platform }) => `${platform.os}/${platform.architecture}`);
};

describe("every engine", () => {
  it.each(["buildx", "docker", "classic", "buildah", "podman"] as const)(
    "builds, pushes and skips with default inputs: %s",
    async (engine) => {
      const { PATH } = await only(engine);
      const step = await world.build({}, { variables: { PATH } });
      expect(step.errors).toEqual([]);
      expect(step.outputs).toMatchObject({
        result: "pushed",
        digest: world.tags()[sha],
        tags: `${world.image}:${sha}`,
        platforms: "linux/amd64",
      });
      expect(step.outputs["imageid"]).toMatch(/^sha256:/);
      expect(Number(step.outputs["size"])).toBeGreaterThan(0);
      const again = await world.build({}, { variables: { PATH } });
      expect(again.outputs).toMatchObject({
        skipped: "true",
        platforms: "linux/amd64",
        imageid: step.outputs["imageid"],
      });
      expect(world.leftovers()).toEqual([]);
    },
  );

  it.each(["buildx", "docker", "buildah", "podman"] as const)(
    "puts two platforms into one verified index: %s",
    async (engine) => {
      const { PATH } = await only(engine);
      const step = await world.build({ platforms: both, tags: "1.0.0\nstable" }, { variables: { PATH } });
      expect(step.errors).toEqual([]);
      const { "1.0.0": digest, stable } = world.tags();
      expect(stable).toBe(digest);
      expect(platformsOf("1.0.0")).toEqual(both.split(","));
      expect(step.outputs).toMatchObject({
        platforms: both,
        digest,
        image: `${world.image}@${digest}`,
        tags: `${world.image}:1.0.0\n${world.image}:stable`,
      });
      // What an engine needs on the way is named nowhere.
      expect(JSON.stringify(step.outputs)).not.toMatch(/:1\.0\.0-linux/);
      expect(step.summary).not.toMatch(/:1\.0\.0-linux/);
      expect(step.summary).toContain("| Platforms | `linux/amd64`, `linux/arm64` |");
    },
  );
});

describe("what an engine cannot do", () => {
  it.each([
    ["docker", { annotations: "a=b" }, "annotations (a=b) needs buildx"],
    ["docker", { provenance: "true" }, "provenance (true) needs buildx"],
    ["docker", { "cache-to": "type=gha" }, "cache-to (type=gha) needs buildx"],
    ["docker", { "build-contexts": "base=." }, "build-contexts (base=.) needs buildx or buildah or podman"],
    [
      "classic",
      { secrets: "npm=hunter2" },
      "secrets (npm) needs buildx or docker without buildx or buildah or podman",
    ],
    ["classic", { platforms: both }, "platforms"],
    ["buildah", { sbom: "true" }, "sbom (true) needs buildx"],
    ["podman", { outputs: "type=oci,dest=x" }, "outputs"],
  ] as const)(
    "is an error before the build that names the one that can: %s %j",
    async (engine, inputs, words) => {
      const { PATH, installed } = await only(engine);
      const step = await world.build({ ...inputs }, { variables: { PATH } });
      expect(step.exitCode).toBe(1);
      expect(step.errors).toEqual([expect.stringContaining("ENGINE_UNFIT")]);
      expect(step.errors[0]).toContain(words);
      const calls = [...world.calls(), ...(installed?.calls() ?? [])];
      expect(calls.filter(({ arguments: [verb] }) => verb === "build")).toEqual([]);
      expect(world.tags()).toEqual({});
      expect(step.outputs["tags"]).toBeUndefined();
    },
  );

  it("names each engine that was looked for when none answers", async () => {
    await world.docker.setEngine("down");
    const step = await world.build({}, { variables: { PATH: world.docker.path } });
    expect(step.errors[0]).toContain("ENGINE_UNAVAILABLE");
    expect(step.errors[0]).toContain("Cannot connect to the Docker daemon");
    expect(step.errors[0]).toContain("buildah");
    expect(step.errors[0]).toContain("podman");
  });

  it.each(["buildah", "podman"] as const)("is said of the engine that was asked for: %s", async (engine) => {
    const step = await world.build({ engine }, { variables: { PATH: world.docker.path } });
    expect(step.errors[0]).toContain(`ENGINE_UNAVAILABLE: The program "${engine}" is not on PATH`);
  });
});

describe("a platform", () => {
  it("that is misspelt is an input error", async () => {
    const step = await world.build({ platforms: "linux/amd64,arm64" });
    expect(step.errors[0]).toMatch(/INPUT_INVALID.*platforms.*arm64/s);
    expect(world.calls()).toEqual([]);
  });
});

describe("the build itself", () => {
  it("hands every wish to buildx as it was written", async () => {
    const step = await world.build({
      "build-args": "VERSION=1.0 beta\nEMPTY=",
      target: "release",
      pull: "true",
      "no-cache": "true",
      "add-hosts": "db:10.0.0.2",
      "shm-size": "1g",
      ulimit: "nofile=1024:1024",
      network: "host",
      provenance: "mode=max",
      sbom: "true",
    });
    expect(step.errors).toEqual([]);
    const words = world.calls().find(({ arguments: [, verb] }) => verb === "build")?.arguments ?? [];
    const line = words.join("\n");
    for (const flag of ["VERSION=1.0 beta", "EMPTY=", "release", "--pull", "--no-cache", "db:10.0.0.2", "1g"])
      expect(words).toContain(flag);
    expect(line).toContain("--provenance=mode=max");
    expect(line).toContain("--sbom=true");
    expect(step.outputs["platforms"]).toBe("linux/amd64");
  });

  it("is one plain manifest unless an attestation is asked for", async () => {
    await world.build({ "plain-manifest": "true" });
    expect((await world.stored(sha)).mediaType).toMatch(/manifest\.v1\+json$/);
    const wrong = await world.build({ "plain-manifest": "true", provenance: "true" });
    expect(wrong.errors[0]).toContain("an attestation needs an index; leave `provenance` away");
  });
});
