import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Registry, startRegistry } from "./registry.ts";

let folder: string;
let registry: Registry;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-engine-"));
  registry = await startRegistry();
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs docker with its credentials in the test's own folder. */
function docker(args: readonly string[], input = "") {
  const run = spawnSync("docker", ["--config", folder, ...args], { encoding: "utf8", input });
  if (run.error) throw new Error(`docker cannot be started: ${run.error.message}`);
  return { status: run.status, output: run.stdout + run.stderr };
}

describe("a real container engine and registry", () => {
  it("push an image only after login, and the registry then serves it by its digest", async () => {
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY hello /hello\n");
    writeFileSync(join(folder, "hello"), "hello\n");
    const image = `${registry.address}/shop/hello:1`;
    expect(docker(["build", "--tag", image, folder])).toMatchObject({ status: 0 });

    const refused = docker(["push", image]);
    expect(refused).toEqual({ status: 1, output: expect.stringContaining("no basic auth credentials") });

    expect(
      docker(["login", "--username", registry.user, "--password-stdin", registry.address], registry.password),
    ).toMatchObject({ status: 0 });
    const pushed = docker(["push", image]);
    expect(pushed.status).toBe(0);

    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.output)?.[1];
    const manifest = await fetch(`http://${registry.address}/v2/shop/hello/manifests/${digest}`, {
      headers: {
        accept: "application/vnd.docker.distribution.manifest.v2+json",
        authorization: `Basic ${Buffer.from(`${registry.user}:${registry.password}`).toString("base64")}`,
      },
    });
    expect(manifest.status).toBe(200);
    expect(manifest.headers.get("docker-content-digest")).toBe(digest);
  }, 120_000);
});
