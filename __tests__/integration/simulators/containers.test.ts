import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ContainerSpec } from "../../../packages/simulators/src/ports.ts";
import { containersRuntime, sweepContainers } from "../../../packages/simulators/src/runtime/containers.ts";

/** An image made from this machine's own shell, so that nothing is downloaded. */
const image = "ship-test/shell:1";
const owner = `test-${randomUUID()}`;
const files = ["/bin/sh", "/bin/sleep"];

function libraries(): string[] {
  const found = files.flatMap((file) => [
    ...execFileSync("ldd", [file], { encoding: "utf8" }).matchAll(/(\/\S+)/g),
  ]);
  return [...new Set(found.map(([path]) => path))];
}

beforeAll(() => {
  const archive = execFileSync(
    "tar",
    ["--create", "--dereference", "--absolute-names", ...files, ...libraries()],
    {
      maxBuffer: 64 << 20,
    },
  );
  const imported = spawnSync("docker", ["import", "-", image], { input: archive, encoding: "utf8" });
  if (imported.status !== 0) throw new Error(`No Docker engine answers: ${imported.stderr}`);
}, 60_000);

const runtime = containersRuntime({ owner });
afterAll(async () => {
  await runtime.close();
  spawnSync("docker", ["rmi", image]);
});

async function started(script: string, more: Partial<ContainerSpec> = {}) {
  const lines: string[] = [];
  const ended = Promise.withResolvers<{ exitCode?: number; reason?: string }>();
  const running = await runtime.start(
    {
      name: "app",
      image,
      essential: true,
      environment: { GREETING: "good day" },
      ports: [8080],
      entryPoint: ["/bin/sh", "-c"],
      command: [script],
      ...more,
    },
    { output: (line) => lines.push(line), exited: ended.resolve },
  );
  return { running, lines, exit: ended.promise };
}

const ours = () =>
  execFileSync("docker", ["ps", "--all", "--quiet", "--filter", `label=ship.simulator=${owner}`], {
    encoding: "utf8",
  }).trim();

describe("tasks as containers", () => {
  it("get the environment and a port, tell their lines and exit code, and leave nothing behind", async () => {
    const { running, lines, exit } = await started('echo "$GREETING on $PORT"; exit 7');
    expect(await exit).toEqual({ exitCode: 7 });
    expect(lines).toEqual([`good day on ${running.endpoint(8080)?.port}`]);
    expect(ours()).toBe("");
  });

  it("end on SIGTERM, and run health checks beside the program until then", async () => {
    const { running, exit, lines } = await started(
      'trap "exit 143" TERM; echo up; while :; do sleep 0.1; done',
    );
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await running.execute?.(["/bin/sh", "-c", "exit 3"], 10_000)).toBe(3);
    await running.stop(5_000);
    expect(await exit).toEqual({ exitCode: 143 });
  });

  it("whose program does not exist cannot start, in the engine's words", async () => {
    await expect(started("", { entryPoint: ["/bin/absent"], command: [] })).rejects.toThrow(
      /^CannotStartContainerError: .*\/bin\/absent/,
    );
    expect(ours()).toBe("");
  });

  it("left behind by a dead simulator are swept by their owner's name", async () => {
    execFileSync("docker", ["create", "--label", `ship.simulator=${owner}`, image, "/bin/sh"]);
    expect(await sweepContainers(owner)).toBe(1);
    expect(ours()).toBe("");
  });
});
