import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type IndexPlan, mediaTypes } from "#ship/images";
import { placeImage, placeIndex, startWorld, tagOf, verify, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld({ access: { kind: "bearer", verify } });
});
afterEach(() => world.close());

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64", variant: "v8" };
const source = (path: string, reference: string) => ({ repository: world.repository(path), reference });
const index = (plan: Partial<IndexPlan>) =>
  world.settle(
    world.client.index(
      {
        repository: world.repository("shop"),
        tags: ["v1"],
        images: [],
        platforms: [],
        annotations: {},
        ...plan,
      },
      world.signal,
    ),
  );
const stored = (tag: string) => {
  const digest = tagOf(world.registry, "shop", tag) ?? "";
  return world.registry.repositories.all.get("shop")?.manifests.get(digest);
};

describe("an index of two images", () => {
  it("names each with its platform, size and digest, and is read back", async () => {
    const one = await placeImage(world.registry, "shop", { tag: "amd64", platform: amd64 });
    const two = await placeImage(world.registry, "shop", { tag: "arm64", platform: arm64 });
    const made = await index({
      tags: ["v1", "latest"],
      images: [source("shop", "amd64"), source("shop", "arm64")],
      platforms: ["linux/amd64", "linux/arm64"],
      annotations: { "org.opencontainers.image.version": "1" },
    });
    expect(made).toEqual({
      digest: tagOf(world.registry, "shop", "latest"),
      mediaType: mediaTypes.ociIndex,
      platforms: ["linux/amd64", "linux/arm64"],
    });
    expect(JSON.parse(stored("v1")?.body.toString() ?? "")).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [one, two],
      annotations: { "org.opencontainers.image.version": "1" },
    });
  });

  it("of Docker's own kind is Docker's list", async () => {
    await placeImage(world.registry, "shop", { tag: "amd64", kind: "docker", platform: amd64 });
    await placeImage(world.registry, "shop", { tag: "arm64", kind: "docker", platform: arm64 });
    const images = [source("shop", "amd64"), source("shop", "arm64")];
    expect(await index({ images })).toMatchObject({ mediaType: mediaTypes.dockerList });
  });

  it("of both kinds is an OCI index, which may name both", async () => {
    await placeImage(world.registry, "shop", { tag: "amd64", kind: "docker", platform: amd64 });
    await placeImage(world.registry, "shop", { tag: "arm64", kind: "oci", platform: arm64 });
    const images = [source("shop", "amd64"), source("shop", "arm64")];
    expect(await index({ images })).toMatchObject({ mediaType: mediaTypes.ociIndex });
  });

  it("has the same digest however often it is made", async () => {
    await placeImage(world.registry, "shop", { tag: "amd64", platform: amd64 });
    const plan = { images: [source("shop", "amd64")] };
    expect((await index(plan)).digest).toBe((await index({ ...plan, tags: ["v2"] })).digest);
  });

  it("takes images from other repositories, where they are copied from", async () => {
    const one = await placeImage(world.registry, "build/amd64", { tag: "x", platform: amd64 });
    const two = await placeImage(world.registry, "build/arm64", { tag: "x", platform: arm64 });
    const made = await index({
      images: [source("build/amd64", "x"), source("build/arm64", "x")],
    });
    expect(made.platforms).toEqual(["linux/amd64", "linux/arm64"]);
    expect(stored("v1")?.content.manifests?.map(({ digest }) => digest)).toEqual([one.digest, two.digest]);
  });

  it("takes the images and attestations out of the indexes that engines make of one platform", async () => {
    const one = await placeImage(world.registry, "shop", { platform: amd64 });
    const attestation = {
      ...(await placeImage(world.registry, "shop", { platform: { os: "unknown", architecture: "unknown" } })),
      annotations: {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": one.digest,
      },
    };
    await placeIndex(world.registry, "shop", [one, attestation], "amd64");
    await placeImage(world.registry, "shop", { tag: "arm64", platform: arm64 });
    const made = await index({
      images: [source("shop", "amd64"), source("shop", "arm64")],
      platforms: ["linux/amd64", "linux/arm64"],
    });
    expect(made.platforms).toEqual(["linux/amd64", "linux/arm64"]);
    expect(stored("v1")?.content.manifests).toHaveLength(3);
    expect(stored("v1")?.content.manifests?.[1]).toMatchObject(attestation);
  });
});

describe("an index is not written", () => {
  it.each([
    ["lacks a platform", ["linux/amd64", "linux/arm64", "linux/s390x"], "linux/s390x missing"],
    ["has one that nobody asked for", ["linux/amd64"], "linux/arm64 not asked for"],
  ])("when it %s", async (_what, platforms, problem) => {
    await placeImage(world.registry, "shop", { tag: "amd64", platform: amd64 });
    await placeImage(world.registry, "shop", { tag: "arm64", platform: arm64 });
    const images = [source("shop", "amd64"), source("shop", "arm64")];
    await expect(index({ images, platforms })).rejects.toMatchObject({
      code: "PLATFORMS_WRONG",
      message: `The 2 images for ${world.registry.host}/shop are for linux/amd64, linux/arm64: ${problem}.`,
    });
    expect(stored("v1")).toBeUndefined();
  });

  it("when an engine made the same platform twice", async () => {
    await placeImage(world.registry, "shop", { tag: "amd64", platform: arm64 });
    await placeImage(world.registry, "shop", { tag: "arm64", platform: arm64, layers: ["other"] });
    const images = [source("shop", "amd64"), source("shop", "arm64")];
    await expect(index({ images, platforms: ["linux/amd64", "linux/arm64/v8"] })).rejects.toThrow(
      "linux/amd64 missing; linux/arm64 more than once",
    );
  });

  it("when an image is missing, which is named", async () => {
    await expect(index({ images: [source("shop", "amd64")] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("/shop:amd64"),
    });
  });
});
