import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type IfExists, promoteImage, type TaggedImage } from "#ship/images";
import { recordingLog } from "#ship/kit";
import { type Registry, startRegistry } from "#ship/simulators";
import { placeImage, placeIndex, startWorld, tagOf, verify, type World } from "./world.ts";

let world: World;
let other: Registry;
let frozen: Set<string>;
let beforeRequest: (address: string) => void;
beforeEach(async () => {
  frozen = new Set();
  beforeRequest = () => {};
  world = await startWorld({
    fetch: (address, init) => {
      beforeRequest(String(address));
      return globalThis.fetch(address, init);
    },
    access: { kind: "bearer", verify },
    policy: { immutable: (_name, tag) => frozen.has(tag) },
  });
  other = await startRegistry({ clock: world.clock, access: { kind: "basic", verify } });
});
afterEach(async () => {
  await world.close();
  await other.close();
});

const image = (path: string, tag: string): TaggedImage => ({ repository: world.repository(path), tag });
const abroad = (tag: string): TaggedImage => ({
  repository: { name: `${other.host}/prod`, registry: other.host, path: "prod" },
  tag,
});
const promote = (from: string, images: readonly TaggedImage[], ifExists: IfExists = "skip") =>
  world.settle(
    promoteImage(
      { from: `${world.registry.host}/${from}`, images, ifExists },
      world.client,
      recordingLog(),
      world.signal,
    ),
  );
const writes = () => world.requests().filter((line) => /^(?:PUT|POST|PATCH) .*\/v2\//.test(line));

describe("a promotion", () => {
  it("within a repository is one write for each tag", async () => {
    const { digest } = await placeImage(world.registry, "shop", { tag: "sha-1" });
    world.requests();
    const promoted = await promote(`shop@${digest}`, [image("shop", "1.0.0"), image("shop", "latest")]);
    expect(promoted).toEqual({
      result: "pushed",
      digest,
      digests: new Map([[`${world.registry.host}/shop`, digest]]),
    });
    expect(writes()).toEqual(["PUT /v2/shop/manifests/1.0.0 201", "PUT /v2/shop/manifests/latest 201"]);
    expect(tagOf(world.registry, "shop", "latest")).toBe(digest);
  });

  it("to another repository and another registry takes a whole index along", async () => {
    const amd64 = await placeImage(world.registry, "shop");
    const arm64 = await placeImage(world.registry, "shop", {
      platform: { os: "linux", architecture: "arm64" },
    });
    const { digest } = await placeIndex(world.registry, "shop", [amd64, arm64], "rc");
    const promoted = await promote("shop:rc", [image("prod/shop", "1.0.0"), abroad("1.0.0")]);
    expect(promoted.digests).toEqual(
      new Map([
        [`${world.registry.host}/prod/shop`, digest],
        [`${other.host}/prod`, digest],
      ]),
    );
    expect(tagOf(world.registry, "prod/shop", "1.0.0")).toBe(digest);
    expect(tagOf(other, "prod", "1.0.0")).toBe(digest);
  });

  it("run again changes nothing and says so", async () => {
    await placeImage(world.registry, "shop", { tag: "rc" });
    await promote("shop:rc", [image("shop", "1.0.0"), abroad("1.0.0")]);
    world.requests();
    expect(await promote("shop:rc", [image("shop", "1.0.0"), abroad("1.0.0")])).toMatchObject({
      result: "unchanged",
    });
    expect(writes()).toEqual([]);
  });

  it("that was interrupted is completed", async () => {
    const { digest } = await placeImage(world.registry, "shop", { tag: "rc" });
    await promote("shop:rc", [image("shop", "1.0.0")]);
    world.requests();
    await promote("shop:rc", [image("shop", "1.0.0"), image("shop", "latest")]);
    expect(writes()).toEqual(["PUT /v2/shop/manifests/latest 201"]);
    expect(tagOf(world.registry, "shop", "latest")).toBe(digest);
  });

  it("holds to the image that the source's tag named at its beginning", async () => {
    const { digest } = await placeImage(world.registry, "shop", { tag: "rc" });
    const moved = await placeImage(world.registry, "shop", { layers: ["other"] });
    beforeRequest = (address) => {
      // The look at the target's tag comes after the source has been resolved.
      if (address.endsWith("/manifests/1.0.0"))
        world.registry.repositories.all.get("shop")?.tags.set("rc", moved.digest);
    };
    expect((await promote("shop:rc", [image("shop", "1.0.0")])).digest).toBe(digest);
    expect(tagOf(world.registry, "shop", "rc")).toBe(moved.digest);
    expect(tagOf(world.registry, "shop", "1.0.0")).toBe(digest);
  });

  it("moves a tag of another image, unless existing tags are to be an error", async () => {
    const { digest } = await placeImage(world.registry, "shop", { tag: "rc" });
    const old = await placeImage(world.registry, "shop", { tag: "latest", layers: ["old"] });
    await expect(promote("shop:rc", [image("shop", "latest")], "fail")).rejects.toMatchObject({
      code: "IMAGE_EXISTS",
      message: `The registry already has ${world.registry.host}/shop:latest (${old.digest}).`,
    });
    await promote("shop:rc", [image("shop", "latest")]);
    expect(tagOf(world.registry, "shop", "latest")).toBe(digest);
  });

  it("does not move a tag that the repository holds fast", async () => {
    await placeImage(world.registry, "shop", { tag: "rc" });
    const old = await placeImage(world.registry, "shop", { tag: "1.0.0", layers: ["old"] });
    frozen.add("1.0.0");
    await expect(promote("shop:rc", [image("shop", "1.0.0")], "overwrite")).rejects.toMatchObject({
      code: "IMAGE_EXISTS",
      message: expect.stringContaining("the tag is immutable"),
    });
    expect(tagOf(world.registry, "shop", "1.0.0")).toBe(old.digest);
  });

  it("goes to a repository that the registry denies a look at, since the first push creates it", async () => {
    const { digest } = await placeImage(world.registry, "shop", { tag: "rc" });
    world.registry.faults.add({ kind: "denied", times: 1, path: "/v2/new/manifests/" });
    await promote("shop:rc", [image("new", "1.0.0")]);
    expect(tagOf(world.registry, "new", "1.0.0")).toBe(digest);
  });

  it("of an image that is not there names it", async () => {
    await placeImage(world.registry, "shop", { tag: "rc" });
    await expect(promote("shop:rc-2", [image("shop", "1.0.0")])).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `${world.registry.host} has no ${world.registry.host}/shop:rc-2 to promote.`,
    });
  });

  it.each(["shop", "shop@sha256:12", "shop:rc@sha1:abc", "shop@", "shop@sha256:1@sha256:2"])(
    "of %s is refused before anything is asked",
    async (from) => {
      await expect(promote(from, [image("shop", "1.0.0")])).rejects.toMatchObject({
        code: "IMAGE_REFERENCE_INVALID",
      });
      expect(world.requests()).toEqual([]);
    },
  );
});
