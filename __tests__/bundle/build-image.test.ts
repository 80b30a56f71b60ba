import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import { type InstalledDocker, installDocker, type Registry, startRegistry } from "#ship/simulators";
import { runStep, type StepOptions } from "./runner-step.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";
let folder: string;
let docker: InstalledDocker;
let registry: Registry;
let workspace: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-image-"));
  docker = await installDocker(join(folder, "bin"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  await docker.setEngine("running");
  registry = await startRegistry({
    clock: systemClock,
    access: { kind: "basic", verify: (user, password) => user === "ship" && password === "open-sesame" },
  });
  workspace = mkdtempSync(join(folder, "workspace-"));
  dockerfile("FROM scratch", "COPY app /app");
});
afterEach(() => registry.close());

function dockerfile(...lines: string[]): void {
  writeFileSync(join(workspace, "Dockerfile"), lines.join("\n"));
}

function build(inputs: Readonly<Record<string, string>>, more: Partial<StepOptions> = {}) {
  const temporary = join(workspace, "temp");
  mkdirSync(temporary, { recursive: true });
  return runStep({
    action: "build-image",
    workspace,
    inputs: {
      images: `${registry.host}/shop-api`,
      "registry-auth": `- registry: ${registry.host}\n  username: ship\n  password: open-sesame`,
      ...inputs,
    },
    environment: { PATH: `${docker.path}:${process.env["PATH"]}`, RUNNER_TEMP: temporary },
    ...more,
  });
}

const storedDigest = async (tag: string) =>
  (
    await fetch(`${registry.url}/v2/shop-api/manifests/${tag}`, {
      headers: { authorization: `Basic ${Buffer.from("ship:open-sesame").toString("base64")}` },
    })
  ).headers.get("docker-content-digest");

describe("the build-image bundle", () => {
  it("pushes the image under the commit's SHA and answers the digest that the registry stores", async () => {
    const step = await build({}, { post: "run" });
    expect(step.errors).toEqual([]);
    const digest = await storedDigest(sha);
    expect(digest).toMatch(/^sha256:/);
    expect(step).toMatchObject({
      exitCode: 0,
      outputs: {
        result: "pushed",
        image: `${registry.host}/shop-api@${digest}`,
        digest,
        tags: `${registry.host}/shop-api:${sha}`,
        skipped: "false",
      },
    });
    expect(step.post?.exitCode).toBe(0);
    expect(readdirSync(join(workspace, "temp"))).toEqual([]);
  });

  it("builds the same commit once", async () => {
    const first = await build({});
    const second = await build({});
    expect(second.outputs).toMatchObject({
      result: "unchanged",
      skipped: "true",
      digest: first.outputs["digest"],
    });
  });

  it("builds the next commit though its branch's tag exists, and the same commit once", async () => {
    const push = (commit: string) =>
      build(
        { tags: "type=ref,event=branch" },
        {
          environment: {
            PATH: `${docker.path}:${process.env["PATH"]}`,
            RUNNER_TEMP: join(workspace, "temp"),
            GITHUB_REF: "refs/heads/main",
            GITHUB_SHA: commit,
          },
        },
      );
    expect((await push("1".repeat(40))).outputs).toMatchObject({ result: "pushed" });
    expect((await push("2".repeat(40))).outputs).toMatchObject({ result: "pushed", skipped: "false" });
    expect((await push("2".repeat(40))).outputs).toMatchObject({ result: "unchanged", skipped: "true" });
  });

  it("says what it would build without an engine or a registry in a dry run", async () => {
    await docker.setEngine("down");
    const step = await build({ "dry-run": "true", tags: "v1.2.3, stable" });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "planned", version: "v1.2.3" } });
    expect(step.outputs["tags"]).toBe(`${registry.host}/shop-api:v1.2.3\n${registry.host}/shop-api:stable`);
    expect(registry.requests).toEqual([]);
  });

  it("reports input mistakes before anything is called", async () => {
    const step = await build({ images: "", tgas: "latest", push: "perhaps" });
    expect(step.exitCode).toBe(1);
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toContain("tgas is not an input of this action; the nearest is tags");
    expect(step.errors[0]).toContain('push is "perhaps"');
    expect(registry.requests).toEqual([]);
  });

  it("loads less than a third of itself for an input mistake", () => {
    const folder = "dist/build-image";
    const sizes = readdirSync(folder)
      .filter((name) => name.endsWith(".js"))
      .map((name) => statSync(join(folder, name)).size);
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    expect(statSync(join(folder, "index.js")).size / whole).toBeLessThan(0.3);
  });

  it.each([
    [{ context: "server" }, /^FILE_UNREADABLE: context: there is no folder \/.*\/server\./],
    [{ file: "Dockerfile.prod" }, /^FILE_UNREADABLE: file: there is no Dockerfile \/.*\/Dockerfile\.prod\./],
  ])("names the input whose file is missing before anything is called: %j", async (inputs, words) => {
    const step = await build(inputs);
    expect(step.errors).toEqual([expect.stringMatching(words)]);
    expect(registry.requests).toEqual([]);
  });

  it("reports the mistakes of all inputs together, with the line of rules, flavor, labels and annotations", async () => {
    const step = await build({
      images: "ok/app\nghcr.io/octo/shop:1",
      tags: "type=sha\n\ntype=nope\ntype=raw,value={{nobody}}",
      flavor: "latest=maybe",
      labels: "a=b\nno-label",
      annotations: "index:x=y\nnobody:x=y",
      "no-cache": "perhaps",
      tagss: "x",
    });
    expect(step.exitCode).toBe(1);
    for (const expected of [
      /tagss is not an input of this action; the nearest is tags/,
      /no-cache is "perhaps"/,
      /images, line 2 \(ghcr\.io\/octo\/shop:1\)/,
      /tags, line 3 \(type=nope\)/,
      /tags, line 4 .*nobody/,
      /flavor, line 1 .*maybe/,
      /labels, line 2 \(no-label\)/,
      /annotations, line 2 .*nobody/,
    ])
      expect(step.errors.join("\n")).toMatch(expected);
    expect(step.outputs["tags"]).toBeUndefined();
    expect(registry.requests).toEqual([]);
  });

  it("separates and labels as it is written, white space included", async () => {
    const step = await build({
      "dry-run": "true",
      tags: "a\nb",
      "sep-tags": " ",
      labels: "motto=built to last  ",
    });
    expect(step.outputs["tags"]).toBe(`${registry.host}/shop-api:a ${registry.host}/shop-api:b`);
    expect(step.outputs["labels"]?.split("\n")).toContain("motto=built to last  ");
  });

  it("builds from a Dockerfile outside the context", async () => {
    mkdirSync(join(workspace, "server"));
    const step = await build({ context: "server", file: "Dockerfile" });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "pushed" } });
  });

  it.each([
    [
      { SOURCE_DATE_EPOCH: "yesterday" },
      'INPUT_INVALID: SOURCE_DATE_EPOCH is "yesterday"; accepted: whole seconds',
    ],
    [
      { DOCKER_CONFIG: "broken" },
      "DOCUMENT_INVALID: Docker's configuration broken/config.json cannot be read",
    ],
  ])("says which setting of the job it cannot read: %j", async (environment, words) => {
    mkdirSync(join(workspace, "broken"));
    writeFileSync(join(workspace, "broken/config.json"), "{");
    const step = await build({}, { environment: { RUNNER_TEMP: workspace, ...environment } });
    expect(step.errors).toEqual([expect.stringContaining(words)]);
    expect(registry.requests).toEqual([]);
  });

  it("names the failing instruction, pushes nothing and sets no tag when the build fails", async () => {
    dockerfile("FROM scratch", "RUN false");
    const step = await build({});
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("BUILD_FAILED: RUN false (2/2):");
    expect(step.outputs["tags"]).toBeUndefined();
    expect(await storedDigest(sha)).toBeNull();
  });

  it("says so when no engine answers", async () => {
    await docker.setEngine("down");
    // No other engine is found there either.
    const step = await build({}, { environment: { PATH: docker.path, RUNNER_TEMP: workspace } });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain(
      "ENGINE_UNAVAILABLE: docker version: Cannot connect to the Docker daemon",
    );
  });

  it("carries on through an outage of the registry", async () => {
    registry.faults.add({ kind: "unavailable", times: 2 });
    const step = await build({});
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "pushed" } });
  });

  it("shows the registry's refusal and never the password", async () => {
    const step = await build({
      "registry-auth": `- registry: ${registry.host}\n  username: ship\n  password: wrong-password`,
      "if-exists": "overwrite",
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("PUSH_FAILED");
    expect(step.errors[0]).toContain("no basic auth credentials");
    expect(step.stdout.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("wrong-password");
  });

  it("ends the engine's processes and leaves nothing behind when cancelled", async () => {
    dockerfile("FROM scratch", "RUN sleep 60");
    const step = await build({}, { interruptAt: /RUN sleep 60/ });
    expect(step.exitCode).toBe(1);
    expect(step.tookToStop).toBeLessThan(7_000);
    expect(step.outputs["result"]).toBe("cancelled");
    expect(step.outputs["tags"]).toBeUndefined();
    expect(readdirSync(join(workspace, "temp"))).toEqual([]);
  });
});
