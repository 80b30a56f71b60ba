import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createRegistryClient, type Login, parseRepository } from "#ship/images";
import { type Registry, type RegistryOptions, startRegistry } from "#ship/simulators";
import { placeImage, placeIndex, rightLogin, startWorld, tagOf, verify, type World } from "../world.ts";

const large = randomBytes(300_000);
let world: World;
let others: Registry[];
beforeEach(() => {
  others = [];
});
afterEach(async () => {
  await world.close();
  for (const registry of others) await registry.close();
});

async function start(options: Omit<RegistryOptions, "clock"> = { access: { kind: "bearer", verify } }) {
  world = await startWorld(options);
  return placeImage(world.registry, "shop", { tag: "v1", layers: [large, "small"] });
}
async function another(options: Omit<RegistryOptions, "clock"> = {}) {
  const registry = await startRegistry({ clock: world.clock, ...options });
  others.push(registry);
  return registry;
}
const to = (registry: Registry, path: string) => parseRepository(`${registry.host}/${path}`);
const copy = (target: ReturnType<typeof to>, tags = ["v1"], reference = "v1") =>
  world.settle(
    world.client.copy({ repository: world.repository("shop"), reference }, target, tags, world.signal),
  );
const blobsOf = (registry: Registry, path: string) => registry.repositories.all.get(path)?.blobs.size;
const uploads = (registry: Registry) => registry.requests.filter((line) => line.startsWith("PATCH "));

describe("a copy within a repository", () => {
  it("writes the manifest alone", async () => {
    const image = await start();
    world.requests();
    await copy(world.repository("shop"), ["v2", "latest"]);
    expect(tagOf(world.registry, "shop", "latest")).toBe(image.digest);
    expect(world.requests().filter((line) => line.includes("/blobs/"))).toEqual([]);
  });
});

describe("a copy to another repository of a registry", () => {
  it("mounts the blobs instead of sending them", async () => {
    const image = await start();
    const { digest, blobs } = await copy(world.repository("prod/shop"));
    expect({ digest, blobs }).toEqual({
      digest: image.digest,
      blobs: { present: 0, mounted: 3, uploaded: 0 },
    });
    expect(tagOf(world.registry, "prod/shop", "v1")).toBe(image.digest);
    expect(uploads(world.registry)).toEqual([]);
  });

  it("sends the blobs where the registry does not mount them", async () => {
    const image = await start({ access: { kind: "bearer", verify }, mounts: "unsupported" });
    const { blobs } = await copy(world.repository("prod/shop"));
    expect(blobs).toEqual({ present: 0, mounted: 0, uploaded: 3 });
    expect(tagOf(world.registry, "prod/shop", "v1")).toBe(image.digest);
  });

  it("leaves alone what is there", async () => {
    await start();
    await copy(world.repository("prod/shop"));
    expect((await copy(world.repository("prod/shop"), ["v2"])).blobs).toEqual({
      present: 0,
      mounted: 0,
      uploaded: 0,
    });
  });
});

describe("a copy to another registry", () => {
  it("sends every blob on, bit for bit", async () => {
    const image = await start();
    const other = await another({ access: { kind: "basic", verify } });
    const { digest, blobs } = await copy(to(other, "prod/shop"));
    expect({ digest, blobs }).toEqual({
      digest: image.digest,
      blobs: { present: 0, mounted: 0, uploaded: 3 },
    });
    expect(tagOf(other, "prod/shop", "v1")).toBe(image.digest);
    expect(blobsOf(other, "prod/shop")).toBe(3);
  });

  it("fetches blobs from the storage that the registry redirects to", async () => {
    const image = await start({ access: { kind: "basic", verify }, blobRedirects: true });
    const other = await another();
    await copy(to(other, "shop"));
    expect(tagOf(other, "shop", "v1")).toBe(image.digest);
  });

  it("takes an index with all its images and attestations, and the tags last", async () => {
    await start();
    const arm64 = await placeImage(world.registry, "shop", {
      platform: { os: "linux", architecture: "arm64" },
    });
    const amd64 = await placeImage(world.registry, "shop");
    const attestation = {
      ...(await placeImage(world.registry, "shop", { platform: { os: "unknown", architecture: "unknown" } })),
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
    const index = await placeIndex(world.registry, "shop", [amd64, arm64, attestation], "multi");
    const other = await another();
    expect((await copy(to(other, "shop"), ["multi"], "multi")).digest).toBe(index.digest);
    expect([...(other.repositories.all.get("shop")?.manifests.keys() ?? [])].sort()).toEqual(
      [amd64, arm64, attestation, index].map(({ digest }) => digest).sort(),
    );
    const puts = other.requests.filter((line) => line.startsWith("PUT ") && line.includes("/manifests/"));
    expect(puts.at(-1)).toBe("PUT /v2/shop/manifests/multi 201");
  });

  it("without tags stores the image under its digest", async () => {
    const image = await start();
    const other = await another();
    await copy(to(other, "shop"), []);
    expect([...(other.repositories.all.get("shop")?.manifests.keys() ?? [])]).toEqual([image.digest]);
    expect(other.repositories.all.get("shop")?.tags.size).toBe(0);
  });

  it.each([
    ["that is unavailable", { kind: "unavailable", times: 3 }],
    ["that throttles", { kind: "too-many-requests", times: 3, seconds: 2 }],
    ["that cuts connections", { kind: "reset", times: 3 }],
    ["that cuts uploads in their middle", { kind: "reset-mid-upload", times: 2, method: "PATCH" }],
    [
      "that forgets an upload",
      { kind: "forgotten-upload", times: 1, method: "PUT", path: "/blobs/uploads/" },
    ],
    ["whose answer to an upload is lost", { kind: "lost-answer", times: 2, method: "PUT", path: "/blobs/" }],
    ["whose answer to a chunk is lost", { kind: "lost-answer", times: 1, method: "PATCH" }],
  ] as const)("gets there through a registry %s", async (_what, fault) => {
    const image = await start();
    const other = await another();
    other.faults.add(fault);
    expect((await copy(to(other, "shop"))).digest).toBe(image.digest);
    expect(tagOf(other, "shop", "v1")).toBe(image.digest);
    expect(blobsOf(other, "shop")).toBe(3);
  });

  it("gets there through tokens that both registries forget again and again", async () => {
    const image = await start();
    const other = await another({ access: { kind: "bearer", verify } });
    for (const after of [1, 16, 31]) {
      world.registry.faults.add({ kind: "forgotten-tokens", times: 1, after });
      other.faults.add({ kind: "forgotten-tokens", times: 1, after });
    }
    await copy(to(other, "shop"));
    expect(tagOf(other, "shop", "v1")).toBe(image.digest);
  });

  it("asks the source again for a blob that was corrupted on its way", async () => {
    const image = await start();
    const other = await another();
    world.registry.faults.add({ kind: "corrupt-content", times: 1, method: "GET", path: "/blobs/" });
    await copy(to(other, "shop"));
    expect(tagOf(other, "shop", "v1")).toBe(image.digest);
  });

  it("never completes a blob that does not match its digest", async () => {
    await start();
    const other = await another();
    world.registry.faults.add({ kind: "corrupt-content", times: 999, method: "GET", path: "/blobs/" });
    await expect(copy(to(other, "shop"))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(other.repositories.all.get("shop")?.tags.size).toBe(0);
    expect(other.requests.filter((line) => /^PUT .*\/blobs\//.test(line))).toEqual([]);
  });

  it("is refused in the words of the registry that may not be pushed to", async () => {
    await start();
    const other = await another({
      access: { kind: "bearer", verify, may: (_u, _r, action) => action === "pull" },
    });
    await expect(copy(to(other, "shop"))).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining(`to ${other.host}/shop: UNAUTHORIZED: authentication required`),
    });
  });

  it("needs no login where the source lets everybody pull", async () => {
    const image = await start({ access: { kind: "bearer", verify, anonymousPull: true } });
    const other = await another({ access: { kind: "basic", verify } });
    const login = async (host: string): Promise<Login | undefined> =>
      host === other.host ? rightLogin(host) : undefined;
    const client = createRegistryClient({ fetch: globalThis.fetch, clock: world.clock, login });
    const source = { repository: world.repository("shop"), reference: "v1" };
    await world.settle(client.copy(source, to(other, "shop"), ["v1"], world.signal));
    expect(tagOf(other, "shop", "v1")).toBe(image.digest);
  });
});

describe("a cancelled copy", () => {
  it("ends at once and leaves neither an upload nor a tag behind", async () => {
    await start();
    const other = await another();
    const cancelled = new AbortController();
    const sessions: string[] = [];
    const client = createRegistryClient({
      fetch: async (address, init) => {
        const answer = await globalThis.fetch(address, init);
        if (init?.method !== "POST") return answer;
        sessions.push(new URL(answer.headers.get("location") ?? "", other.url).pathname);
        setImmediate(() => cancelled.abort(new Error("cancelled")));
        return answer;
      },
      clock: world.clock,
      login: async (host) => rightLogin(host),
    });
    const source = { repository: world.repository("shop"), reference: "v1" };
    const copying = world.settle(client.copy(source, to(other, "shop"), ["v1"], cancelled.signal));
    await expect(copying).rejects.toThrow("cancelled");
    expect(other.repositories.all.get("shop")?.tags.size).toBe(0);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) {
      const { status } = await fetch(`${other.url}${session}`);
      expect(status).toBe(404);
    }
  });
});

describe("a source that is missing", () => {
  it("is named", async () => {
    await start();
    await expect(copy(world.repository("prod/shop"), ["v1"], "v9")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `${world.registry.host} has no ${world.registry.host}/shop:v9.`,
    });
  });
});
