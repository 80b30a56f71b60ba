import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { existingImages, type IfExists, type Standing } from "#ship/images";
import { recordingLog } from "#ship/kit";
import { placeImage, startWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const image = (path: string, tag: string, standing: Standing = "fixed") => ({
  repository: world.repository(path),
  tag,
  standing,
});
const commit = "860c1904a1ce19322e91ac35af1ab07466440c37";
const log = recordingLog();
const existing = (images: readonly ReturnType<typeof image>[], ifExists: IfExists = "skip") =>
  world.settle(existingImages(images, commit, world.client, ifExists, log, world.signal));

describe("images that exist already", () => {
  it("are there when all tags of each repository name one digest", async () => {
    const one = await placeImage(world.registry, "one", { tag: "v1", layers: ["compressed in one way"] });
    const two = await placeImage(world.registry, "two", { tag: "v1", layers: ["compressed in another"] });
    world.registry.repositories.all.get("one")?.tags.set("latest", one.digest);
    expect(await existing([image("one", "v1"), image("one", "latest"), image("two", "v1")])).toEqual(
      new Map([
        [`${world.registry.host}/one`, one.digest],
        [`${world.registry.host}/two`, two.digest],
      ]),
    );
  });

  it.each([
    ["a tag is missing", ["v1", "v2"]],
    ["two tags of a repository name different images", ["v1", "other"]],
    ["nothing is there", ["v8", "v9"]],
  ])("are to be made when %s", async (_what, tags) => {
    await placeImage(world.registry, "shop", { tag: "v1" });
    await placeImage(world.registry, "shop", { tag: "other", layers: ["other"] });
    expect(await existing(tags.map((tag) => image("shop", tag)))).toBeUndefined();
  });

  it.each([
    ["another commit's", { "org.opencontainers.image.revision": "0".repeat(40) }],
    ["nobody knows whose", undefined],
  ])("are to be made when only moving tags name them, and they are %s", async (_what, labels) => {
    await placeImage(world.registry, "shop", { tag: "main", ...(labels && { labels }) });
    expect(await existing([image("shop", "main", "moving")])).toBeUndefined();
  });

  it("are there when a moving tag names an image of this commit, or a fixed tag stands beside it", async () => {
    const labels = { "org.opencontainers.image.revision": commit };
    const own = await placeImage(world.registry, "shop", { tag: "main", labels });
    expect(await existing([image("shop", "main", "moving")])).toEqual(
      new Map([[`${world.registry.host}/shop`, own.digest]]),
    );
    const other = await placeImage(world.registry, "site", { tag: "main" });
    world.registry.repositories.all.get("site")?.tags.set("1.2.3", other.digest);
    expect(await existing([image("site", "main", "moving"), image("site", "1.2.3")])).toEqual(
      new Map([[`${world.registry.host}/site`, other.digest]]),
    );
  });

  it("are an error where they must not exist, and each is listed", async () => {
    const { digest } = await placeImage(world.registry, "shop", { tag: "v1" });
    await expect(existing([image("shop", "v1"), image("shop", "v2")], "fail")).rejects.toMatchObject({
      code: "IMAGE_EXISTS",
      message: `The registry already has ${world.registry.host}/shop:v1 (${digest}).`,
    });
    expect(await existing([image("shop", "v3")], "fail")).toBeUndefined();
    expect(await existing([image("shop", "v3"), image("shop", "v1", "moving")], "fail")).toBeUndefined();
    await expect(existing([image("shop", "v1", "moving")], "fail")).rejects.toThrow(/already has/);
  });

  it("are not looked for when they are to be overwritten", async () => {
    await placeImage(world.registry, "shop", { tag: "v1" });
    expect(await existing([image("shop", "v1")], "overwrite")).toBeUndefined();
    expect(world.requests()).toEqual([]);
  });

  it("are made anew, with a warning, where the registry denies a look at what it may not have", async () => {
    world.registry.faults.add({ kind: "denied", times: 1 });
    expect(await existing([image("shop", "v1")])).toBeUndefined();
    expect(log.lines.at(-1)).toMatch(/^warning: Whether .*shop:v1 exists already could not be seen/);
    world.registry.faults.add({ kind: "denied", times: 1 });
    await expect(existing([image("shop", "v1")], "fail")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });
});
