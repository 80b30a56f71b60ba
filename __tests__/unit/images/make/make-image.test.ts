import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Finding, makeImage } from "#ship/images";
import { buildOf, digest, openWorld } from "./world.ts";

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), "ship-make-"));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const shop = "one.example/shop:v1";
const copy = "two.example/shop:v1";

describe("making an image", () => {
  it("builds from the cache, pushes, reads back and keeps the cache, in this order", async () => {
    const { context, done } = openWorld();
    const outcome = await makeImage(buildOf([shop]), context);
    expect(outcome).toMatchObject({
      result: "pushed",
      digests: new Map([["one.example/shop", digest("a")]]),
      failure: undefined,
    });
    expect(done).toEqual([
      "verify",
      `build ${shop} type=local,src=/cache`,
      "keep cache",
      `push ${shop}`,
      "cache published",
      "cache closed",
      "close",
    ]);
  });

  it("asks for no engine when everything exists already", async () => {
    const { context, done } = openWorld({ stored: { [shop]: digest("a"), [copy]: digest("b") } });
    const outcome = await makeImage(buildOf([shop, copy]), context);
    expect(outcome).toMatchObject({
      result: "unchanged",
      digests: new Map([
        ["one.example/shop", digest("a")],
        ["two.example/shop", digest("b")],
      ]),
    });
    expect(done).toEqual([]);
  });

  it.each([
    ["that was just pushed", {}],
    ["that is there already", { stored: { [shop]: digest("a") } }],
  ])("says for which platforms the image is %s, where nobody asked for one", async (_, course) => {
    const outcome = await makeImage(buildOf([shop]), openWorld(course).context);
    expect(outcome.platforms).toEqual(["linux/arm64"]);
  });

  it("builds when one of several tags is missing, or names another image", async () => {
    for (const stored of [
      { [shop]: digest("a") },
      { [shop]: digest("a"), "one.example/shop:v2": digest("b") },
    ]) {
      const { context, done } = openWorld({ stored });
      await makeImage(buildOf([shop, "one.example/shop:v2"]), context);
      expect(done).toContain(`push ${shop} one.example/shop:v2`);
    }
  });

  it("pushes nothing when the test fails, and says so", async () => {
    const { context, done, stored } = openWorld({ test: "fails" });
    const outcome = await makeImage(buildOf([shop], { test: ["/app", "--check"] }), context);
    expect(outcome).toMatchObject({ result: "failed", failure: { code: "IMAGE_TEST_FAILED" } });
    expect(done).toContain("run /app --check");
    expect(done.at(-1)).toBe("close");
    expect(stored.size).toBe(0);
  });

  it("pushes nothing when the scan stops it, and keeps the report", async () => {
    const finding: Finding = {
      id: "CVE-2026-1",
      aliases: [],
      severity: "high",
      package: "curl",
      installed: "1",
      fix: { kind: "version", version: "2" },
      target: "debian",
      title: "",
      url: "",
    };
    const { context, stored } = openWorld({ findings: [finding] });
    const scan = {
      policy: { threshold: "high", counts: "all", allowed: [] },
      formats: ["json"],
      temporary,
    } as const;
    const outcome = await makeImage(buildOf([shop], { scan }), context);
    expect(outcome.failure?.code).toBe("SCAN_FAILED");
    expect(outcome.scan?.reports).toHaveLength(1);
    expect(stored.size).toBe(0);
  });

  it("is a failure when the registry stores something else than was pushed", async () => {
    const { context } = openWorld({
      push: (references) => ({
        kind: "complete",
        digests: new Map(references.map((reference) => [reference, digest("b")])),
      }),
    });
    const outcome = await makeImage(buildOf([shop]), context);
    expect(outcome.failure).toMatchObject({
      code: "DIGEST_MISMATCH",
      message: `${shop} was pushed as ${digest("b")}, but the registry stores ${digest("a")} under that tag.`,
    });
  });

  it("puts the images of an engine without indexes together in each repository", async () => {
    const part = (repository: string, platform: string) => ({
      repository,
      platform,
      digest: digest(platform.endsWith("64") ? "c" : "d"),
      stagingTag: "staging",
    });
    const { context, done } = openWorld({
      push: () => ({
        kind: "parts",
        parts: ["one.example/shop", "two.example/shop"].flatMap((repository) => [
          part(repository, "linux/amd64"),
          part(repository, "linux/arm/v7"),
        ]),
      }),
    });
    const request = buildOf([shop, copy]);
    const platforms = ["linux/amd64", "linux/arm/v7"];
    const outcome = await makeImage({ ...request, plan: { ...request.plan, platforms } }, context);
    expect(outcome).toMatchObject({ result: "pushed", platforms });
    expect([...outcome.digests.values()]).toEqual([digest("1"), digest("1")]);
    expect(done.filter((entry) => entry.startsWith("index"))).toEqual([`index ${shop}`, `index ${copy}`]);
  });

  it("closes engine and cache when it is cancelled, and says that it was", async () => {
    const { context, done } = openWorld({ abort: new AbortController() });
    const outcome = await makeImage(buildOf([shop]), context);
    expect(outcome).toMatchObject({ result: "cancelled", failure: { code: "CANCELLED" } });
    expect(done.slice(-2)).toEqual(["cache closed", "close"]);
    expect(done.join()).not.toContain("push");
  });

  it("leaves the registry alone when the image is only to be kept", async () => {
    const { context, done } = openWorld({ stored: { [shop]: digest("a") } });
    const outcome = await makeImage(buildOf([shop], { goal: "store", ifExists: "fail" }), context);
    expect(outcome).toMatchObject({ result: "built", digests: new Map() });
    expect(done.join()).not.toContain("push");
  });
});
