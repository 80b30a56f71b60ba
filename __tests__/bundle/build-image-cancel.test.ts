import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type InstalledEngine, installBuildah, installScanners } from "#ship/simulators";
import { imageWorld } from "./image-world.ts";
import type { StepResult } from "./runner-step.ts";

const world = imageWorld();
/** The runner kills what is left 7.5 s after its first signal and 2.5 s after the second. */
const grace = 7_000;

/** Processes of this machine whose command line or environment names the job's folder. */
function processesOf(word: string): readonly string[] {
  return execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(word) && !line.includes("ps -eo"));
}

function expectEnded(step: StepResult): void {
  expect(step.tookToStop).toBeLessThan(grace);
  expect(step.exitCode).toBe(1);
  expect(step.outputs["result"]).toBe("cancelled");
  for (const name of ["tags", "tags-json", "version", "labels", "image", "digest", "skipped"])
    expect(step.outputs[name]).toBeUndefined();
  expect(step.errors.join()).toContain("CANCELLED");
  expect(step.summary).toContain("Image build cancelled");
  expect(world.leftovers()).toEqual([]);
}

describe("a cancelled step", () => {
  it.each(["buildx", "docker", "buildah"] as const)("ends a running build of %s", async (engine) => {
    world.write("Dockerfile", "FROM scratch", "RUN sleep 61");
    let buildah: InstalledEngine | undefined;
    if (engine === "docker") {
      await world.docker.setBuildx("absent");
      await world.docker.setClient("20.10.24");
    }
    if (engine === "buildah") buildah = await installBuildah(join(world.workspace, "../buildah"));
    const PATH = `${buildah?.path ?? world.docker.path}:${world.docker.path}:${process.env["PATH"]}`;
    const step = await world.build(
      { engine },
      { interruptAt: /RUN sleep 61/, variables: { PATH }, post: "run" },
    );
    expectEnded(step);
    expect(step.post?.exitCode).toBe(0);
    expect(processesOf(world.temporary)).toEqual([]);
    expect(world.tags()).toEqual({});
  });

  it("ends a test command and its container, and pushes nothing", async () => {
    const step = await world.build(
      { "test-command": '/bin/sh -c "echo waiting; sleep 62"' },
      { interruptAt: /waiting\n/ },
    );
    expectEnded(step);
    expect(processesOf("sleep 62")).toEqual([]);
    expect(world.tags()).toEqual({});
  });

  it("ends a scan, and pushes nothing", async () => {
    const scanners = installScanners(join(world.workspace, "../scanners"), ["trivy"]);
    scanners.set({ faults: ["hang"] });
    const step = await world.build(
      { scan: "high" },
      {
        interruptWhen: () => scanners.calls().length > 0,
        variables: { PATH: `${scanners.path}:${world.docker.path}:${process.env["PATH"]}` },
      },
    );
    expectEnded(step);
    expect(processesOf(join(world.workspace, "../scanners"))).toEqual([]);
    expect(world.tags()).toEqual({});
  });

  it("ends a push that hangs", async () => {
    world.registry.faults.add({ kind: "slow", times: 9, method: "PUT", path: "/manifests/", seconds: 63 });
    const pushing = () => world.calls().some(({ arguments: words }) => words.includes("--push"));
    const step = await world.build({}, { interruptWhen: pushing });
    expectEnded(step);
    expect(world.tags()).toEqual({});
  });

  it("ends a promotion that hangs", async () => {
    await world.build();
    world.registry.faults.add({ kind: "slow", times: 9, method: "PUT", path: "/manifests/", seconds: 63 });
    const { digest } = { digest: Object.values(world.tags())[0] };
    const step = await world.build(
      { "promote-from": `${world.image}@${digest}`, tags: "1.0.0" },
      { interruptAt: /Promote/ },
    );
    expectEnded(step);
  });
});
