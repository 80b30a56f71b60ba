import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createRegistryClient } from "#ship/images";
import { placeImage, placeIndex, startWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const shop = () => world.repository("shop");
const digest = (reference: string) => world.settle(world.client.digest(shop(), reference, world.signal));
const manifest = (reference: string) => world.settle(world.client.manifest(shop(), reference, world.signal));

describe("the digest behind a tag", () => {
  it("is read without the manifest", async () => {
    const image = await placeImage(world.registry, "shop", { tag: "v1" });
    expect(await digest("v1")).toBe(image.digest);
    expect(world.requests()).toEqual(["HEAD /v2/shop/manifests/v1 200"]);
  });

  it("is found for every media type, also an index", async () => {
    const docker = await placeImage(world.registry, "shop", { tag: "docker", kind: "docker" });
    const index = await placeIndex(world.registry, "shop", [docker], "index");
    expect(await digest("docker")).toBe(docker.digest);
    expect(await digest("index")).toBe(index.digest);
  });

  it("is nothing where there is no such tag or repository", async () => {
    await placeImage(world.registry, "shop", { tag: "v1" });
    expect(await digest("v2")).toBeUndefined();
    const other = world.repository("other");
    expect(await world.settle(world.client.digest(other, "v1", world.signal))).toBeUndefined();
  });

  it("is computed where the registry does not say it", async () => {
    const image = await placeImage(world.registry, "shop", { tag: "v1" });
    world.registry.faults.add({ kind: "no-digest", times: 2 });
    expect(await digest("v1")).toBe(image.digest);
    expect(world.requests()).toEqual(["HEAD /v2/shop/manifests/v1 200", "GET /v2/shop/manifests/v1 200"]);
  });

  it.each(["unavailable", "too-many-requests", "reset", "slow"] as const)(
    "survives a registry that is %s for a while",
    async (kind) => {
      const image = await placeImage(world.registry, "shop", { tag: "v1" });
      world.registry.faults.add({ kind, times: 3 });
      expect(await digest("v1")).toBe(image.digest);
    },
  );

  it("waits as long as the registry asks", async () => {
    await placeImage(world.registry, "shop", { tag: "v1" });
    world.registry.faults.add({ kind: "too-many-requests", times: 1, seconds: 45 });
    const begun = world.clock.now();
    await digest("v1");
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(45_000);
  });

  it("is given up after as many attempts as were asked for, in the registry's words", async () => {
    await placeImage(world.registry, "shop", { tag: "v1" });
    world.registry.faults.add({ kind: "unavailable", times: 9, method: "HEAD" });
    const { fetch } = globalThis;
    const patient = createRegistryClient({
      fetch,
      clock: world.clock,
      login: async () => undefined,
      attempts: 2,
    });
    const asked = world.settle(patient.digest(shop(), "v1", world.signal));
    await expect(asked).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: `${world.registry.host} could not be asked for ${world.registry.host}/shop:v1: HTTP 503 Service Unavailable.`,
    });
    expect(world.requests()).toHaveLength(2);
  });

  it("is not asked for again after a refusal", async () => {
    world.registry.faults.add({ kind: "denied", times: 1 });
    await expect(digest("v1")).rejects.toMatchObject({ code: "ACCESS_DENIED", kind: "denied" });
    expect(world.requests()).toHaveLength(1);
  });
});

describe("a manifest", () => {
  it("is read byte for byte with its media type and digest", async () => {
    const image = await placeImage(world.registry, "shop", { tag: "v1" });
    const read = await manifest("v1");
    const stored = world.registry.repositories.all.get("shop")?.manifests.get(image.digest);
    expect(read).toMatchObject({ mediaType: image.mediaType, digest: image.digest });
    expect(Buffer.from(read?.bytes ?? [])).toEqual(stored?.body);
    expect(read?.platforms).toBeUndefined();
    expect(await manifest("v2")).toBeUndefined();
  });

  it("of an index names its platforms, but not its attestations", async () => {
    const amd64 = await placeImage(world.registry, "shop");
    const arm = await placeImage(world.registry, "shop", {
      platform: { os: "linux", architecture: "arm", variant: "v7" },
    });
    const attestation = {
      ...(await placeImage(world.registry, "shop", { platform: { os: "unknown", architecture: "unknown" } })),
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
    await placeIndex(world.registry, "shop", [amd64, arm, attestation], "v1");
    expect((await manifest("v1"))?.platforms).toEqual(["linux/amd64", "linux/arm/v7"]);
  });

  it("that is corrupted on its way is asked for again", async () => {
    const image = await placeImage(world.registry, "shop", { tag: "v1" });
    world.registry.faults.add({ kind: "corrupt-content", times: 2, method: "GET" });
    expect((await manifest("v1"))?.digest).toBe(image.digest);
  });

  it("that never matches its digest is not taken", async () => {
    await placeImage(world.registry, "shop", { tag: "v1" });
    world.registry.faults.add({ kind: "corrupt-content", times: 99, method: "GET" });
    await expect(manifest("v1")).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("asked for by its digest is checked even where the registry says none", async () => {
    const image = await placeImage(world.registry, "shop", { tag: "v1" });
    world.registry.faults.add({ kind: "no-digest", times: 99 });
    expect((await manifest(image.digest))?.digest).toBe(image.digest);
    const lying = createRegistryClient({
      fetch: async () => new Response('{"schemaVersion":2,"manifests":[]}'),
      clock: world.clock,
      login: async () => undefined,
    });
    const asked = world.settle(lying.manifest(shop(), image.digest, world.signal));
    await expect(asked).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  it("that has no end is not read to it", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const client = createRegistryClient({
      fetch: async () => new Response(endless),
      clock: world.clock,
      login: async () => undefined,
    });
    await expect(client.manifest(shop(), "v1", world.signal)).rejects.toThrow("more than 4194304 bytes");
    expect(sent).toBeLessThan(2 * 4_194_304);
  });

  it("of a kind that no engine writes any more is refused", async () => {
    const old = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    const client = createRegistryClient({
      fetch: async () => new Response('{"schemaVersion":1}', { headers: { "content-type": old } }),
      clock: world.clock,
      login: async () => undefined,
    });
    await expect(client.manifest(shop(), "v1", world.signal)).rejects.toThrow(`a manifest of type ${old}`);
  });
});

describe("an image", () => {
  it("tells its platform and labels", async () => {
    await placeImage(world.registry, "shop", {
      tag: "v1",
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
      labels: { team: "shop" },
    });
    const read = await manifest("v1");
    if (read === undefined) throw new Error("The image is not there.");
    expect(await world.settle(world.client.config(shop(), read, world.signal))).toEqual({
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
      labels: { team: "shop" },
      created: "2026-01-01T00:00:00Z",
    });
  });

  it("is as large as its configuration and layers, those of an index counted once", async () => {
    const layers = ["shared by both", "0123456789"];
    const amd64 = await placeImage(world.registry, "shop", { layers });
    const arm64 = await placeImage(world.registry, "shop", {
      layers: ["shared by both"],
      platform: { os: "linux", architecture: "arm64" },
    });
    await placeIndex(world.registry, "shop", [amd64, arm64], "v1");
    const read = await manifest("v1");
    if (read === undefined) throw new Error("The index is not there.");
    const configs = [...(world.registry.repositories.all.get("shop")?.manifests.values() ?? [])].map(
      ({ content }) => content.config?.size ?? 0,
    );
    const expected = configs.reduce((sum, size) => sum + size, 14 + 10);
    expect(await world.settle(world.client.size(shop(), read, world.signal))).toBe(expected);
  });
});

describe("a cancellation", () => {
  it("ends a request that hangs, with its own reason", async () => {
    const cancelled = new AbortController();
    const client = createRegistryClient({
      fetch: (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
          setImmediate(() => cancelled.abort(new Error("cancelled")));
        }),
      clock: world.clock,
      login: async () => undefined,
    });
    await expect(client.digest(shop(), "v1", cancelled.signal)).rejects.toThrow("cancelled");
  });
});
