import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Manifest, mediaTypes } from "#ship/images";
import { placeImage, startWorld, tagOf, verify, type World } from "../world.ts";

let world: World;
let manifest: Manifest;
let frozen: Set<string>;
beforeEach(async () => {
  frozen = new Set();
  world = await startWorld({
    access: { kind: "basic", verify },
    policy: { immutable: (_name, tag) => frozen.has(tag) },
  });
  await placeImage(world.registry, "shop", { tag: "v1" });
  const read = await world.settle(world.client.manifest(shop(), "v1", world.signal));
  if (read === undefined) throw new Error("The image is not there.");
  manifest = read;
  world.requests();
});
afterEach(() => world.close());

const shop = () => world.repository("shop");
const put = (tag: string) => world.settle(world.client.putManifest(shop(), tag, manifest, world.signal));
const stored = (tag: string) => tagOf(world.registry, "shop", tag);
const puts = () => world.requests().filter((line) => line.startsWith("PUT "));

describe("a manifest that is put under a tag", () => {
  it("is the one that the registry has there then, which is looked at", async () => {
    expect(await put("v2")).toBe(manifest.digest);
    expect(stored("v2")).toBe(manifest.digest);
    expect(world.requests()).toEqual(["PUT /v2/shop/manifests/v2 201", "HEAD /v2/shop/manifests/v2 200"]);
  });

  it.each(["unavailable", "too-many-requests", "reset", "reset-mid-upload"] as const)(
    "gets there through a registry that is %s twice",
    async (kind) => {
      world.registry.faults.add({ kind, times: 2, method: "PUT" });
      expect(await put("v2")).toBe(manifest.digest);
      expect(stored("v2")).toBe(manifest.digest);
    },
  );

  it("may be put again when the answer was lost", async () => {
    world.registry.faults.add({ kind: "lost-answer", times: 1, method: "PUT" });
    expect(await put("v2")).toBe(manifest.digest);
    expect(puts()).toHaveLength(2);
  });

  it("is not taken for ours when another writer moved the tag meanwhile", async () => {
    world.registry.faults.add({ kind: "moved-tag", times: 1, method: "PUT" });
    const failure: unknown = await put("v2").catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "DIGEST_MISMATCH",
      message: `${world.registry.host}/shop:v2 was written as ${manifest.digest}, but the registry has ${stored("v2")} there.`,
    });
  });

  it("is not put again after a refusal, whose words are shown", async () => {
    world.registry.faults.add({ kind: "denied", times: 1, method: "PUT" });
    await expect(put("v2")).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("DENIED: requested access to the resource is denied"),
    });
    expect(puts()).toHaveLength(1);
  });

  it("that the registry finds invalid fails with what it says", async () => {
    const wrong = { mediaType: mediaTypes.ociIndex, bytes: manifest.bytes };
    const putting = world.settle(world.client.putManifest(shop(), "v2", wrong, world.signal));
    await expect(putting).rejects.toMatchObject({
      code: "PUSH_FAILED",
      message: expect.stringContaining("MANIFEST_INVALID"),
    });
  });

  it("that is larger than registries must accept is not sent", async () => {
    const large = { mediaType: mediaTypes.ociIndex, bytes: new Uint8Array(4 * 1024 * 1024 + 1) };
    const putting = world.client.putManifest(shop(), "v2", large, world.signal);
    await expect(putting).rejects.toThrow("has 4194305 bytes; registries accept 4194304");
    expect(world.requests()).toEqual([]);
  });
});

describe("a tag that may not move", () => {
  it("keeps its image, and the error says what to do", async () => {
    const other = await placeImage(world.registry, "shop", { tag: "v2", layers: ["other"] });
    frozen.add("v2");
    await expect(put("v2")).rejects.toMatchObject({
      code: "IMAGE_EXISTS",
      kind: "conflict",
      message: expect.stringContaining(`${world.registry.host}/shop:v2 is ${other.digest} already`),
      hint: expect.stringContaining("if-exists: skip"),
    });
    expect(stored("v2")).toBe(other.digest);
  });

  it("is content with the image that it names already", async () => {
    frozen.add("v1");
    expect(await put("v1")).toBe(manifest.digest);
  });

  it("is content with it even where the registry refuses to take it again", async () => {
    world.registry.faults.add({ kind: "denied", times: 1, method: "PUT" });
    expect(await put("v1")).toBe(manifest.digest);
  });
});
