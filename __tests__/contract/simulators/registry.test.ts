import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import {
  digestOf,
  folderBlobStore,
  mediaTypes,
  type Registry,
  type RegistryOptions,
  startRegistry,
} from "#ship/simulators";
import { ask, pushImage } from "./registry-client.ts";

const clock = manualClock();
let registry: Registry;

async function start(options: Partial<RegistryOptions> = {}) {
  registry = await startRegistry({ clock, ...options });
}
afterEach(() => registry.close());

const digest = (text: string) => digestOf(Buffer.from(text));
const acceptAll = { accept: Object.values(mediaTypes).join(", ") };

describe("uploads", () => {
  it("take a blob in one request", async () => {
    await start();
    const created = await ask(registry, "POST", `/v2/shop/blobs/uploads/?digest=${digest("layer")}`, {
      body: "layer",
    });
    const read = await ask(registry, "GET", `/v2/shop/blobs/${digest("layer")}`);

    expect([created.status, created.header("docker-content-digest")]).toEqual([201, digest("layer")]);
    expect([read.status, read.text]).toEqual([200, "layer"]);
  });

  it("take a blob in chunks and tell how far they are", async () => {
    await start();
    const begun = await ask(registry, "POST", "/v2/shop/blobs/uploads/");
    const location = begun.header("location") ?? "";
    const patch = (body: string, range: string) =>
      ask(registry, "PATCH", location, { body, headers: { "content-range": range } });

    expect(begun.status).toBe(202);
    expect((await patch("hello ", "0-5")).header("range")).toBe("0-5");
    expect((await ask(registry, "GET", location)).status).toBe(204);
    const done = await ask(registry, "PUT", `${location}?digest=${digest("hello world")}`, { body: "world" });

    expect(done.status).toBe(201);
    expect(
      (await ask(registry, "HEAD", `/v2/shop/blobs/${digest("hello world")}`)).header("content-length"),
    ).toBe("11");
  });

  it("refuse a chunk that leaves a gap", async () => {
    await start();
    const location = (await ask(registry, "POST", "/v2/shop/blobs/uploads/")).header("location") ?? "";

    const answer = await ask(registry, "PATCH", location, { body: "x", headers: { "content-range": "5-5" } });

    expect(answer.status).toBe(416);
    expect(answer.text).toContain("RANGE_INVALID");
    expect(answer.header("location")).toBe(location);
  });

  it("refuse content that does not match its digest", async () => {
    await start();
    const answer = await ask(registry, "POST", `/v2/shop/blobs/uploads/?digest=${digest("right")}`, {
      body: "wrong",
    });

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    expect((await ask(registry, "HEAD", `/v2/shop/blobs/${digest("wrong")}`)).status).toBe(404);
  });

  it("mount a blob of another repository instead of taking it again", async () => {
    await start();
    await ask(registry, "POST", `/v2/base/blobs/uploads/?digest=${digest("layer")}`, { body: "layer" });

    const mounted = await ask(registry, "POST", `/v2/shop/blobs/uploads/?mount=${digest("layer")}&from=base`);
    const absent = await ask(registry, "POST", `/v2/shop/blobs/uploads/?mount=${digest("other")}&from=base`);

    expect([mounted.status, absent.status]).toEqual([201, 202]);
    expect((await ask(registry, "GET", `/v2/shop/blobs/${digest("layer")}`)).text).toBe("layer");
  });

  it("end when cancelled", async () => {
    await start();
    const location = (await ask(registry, "POST", "/v2/shop/blobs/uploads/")).header("location") ?? "";

    expect((await ask(registry, "DELETE", location)).status).toBe(204);
    expect((await ask(registry, "GET", location)).text).toContain("BLOB_UPLOAD_UNKNOWN");
  });

  it("can be kept in a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ship-registry-"));
    await start({ blobs: await folderBlobStore(folder) });
    const location = (await ask(registry, "POST", "/v2/shop/blobs/uploads/")).header("location") ?? "";
    await ask(registry, "PATCH", location, { body: "on " });
    await ask(registry, "PUT", `${location}?digest=${digest("on disk")}`, { body: "disk" });

    const files = await readdir(folder);
    const read = await ask(registry, "GET", `/v2/shop/blobs/${digest("on disk")}`);
    await rm(folder, { recursive: true });

    expect(files).toEqual([digest("on disk").replace(":", "-")]);
    expect(read.text).toBe("on disk");
  });
});

describe("manifests", () => {
  it("are read back by tag and by digest, byte for byte", async () => {
    await start();
    const {
      manifest,
      digest: pushed,
      answer,
    } = await pushImage(registry, { name: "a/b", tag: "v1", content: "x" });
    const byTag = await ask(registry, "GET", "/v2/a/b/manifests/v1", { headers: acceptAll });
    const byDigest = await ask(registry, "HEAD", `/v2/a/b/manifests/${pushed}`, { headers: acceptAll });

    expect([answer.status, answer.header("docker-content-digest")]).toEqual([201, pushed]);
    expect(byTag.text).toBe(manifest);
    expect(byTag.header("content-type")).toBe(mediaTypes.ociManifest);
    expect([byDigest.status, byDigest.header("content-length")]).toEqual([200, String(manifest.length)]);
  });

  it("are hidden from clients that do not accept their type", async () => {
    await start();
    await pushImage(registry, { name: "shop", tag: "v1", content: "x" });

    const answer = await ask(registry, "HEAD", "/v2/shop/manifests/v1", {
      headers: { accept: mediaTypes.dockerManifest },
    });

    expect(answer.status).toBe(404);
  });

  it.each([
    ["that is no JSON", "nonsense", "MANIFEST_INVALID"],
    ["without layers", '{"schemaVersion":2}', "MANIFEST_INVALID"],
    [
      "whose blobs were not pushed",
      `{"schemaVersion":2,"config":{"mediaType":"c","digest":"${digest("c")}","size":1},"layers":[]}`,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    [
      "sent with another media type than it names",
      `{"schemaVersion":2,"mediaType":"${mediaTypes.dockerManifest}"}`,
      "MANIFEST_INVALID",
    ],
  ])("are refused %s", async (_what, body, code) => {
    await start();
    const answer = await ask(registry, "PUT", "/v2/shop/manifests/v1", {
      body,
      headers: { "content-type": mediaTypes.ociManifest },
    });

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code, message: expect.any(String) }] });
  });

  it("are refused under a digest that is not theirs", async () => {
    await start();
    const { manifest } = await pushImage(registry, { name: "shop", tag: "v1", content: "x" });

    const answer = await ask(registry, "PUT", `/v2/shop/manifests/${digest("other")}`, {
      body: manifest,
      headers: { "content-type": mediaTypes.ociManifest },
    });

    expect(answer.text).toContain("DIGEST_INVALID");
  });

  it("are refused under a tag no client could name", async () => {
    await start();
    const { answer } = await pushImage(registry, { name: "shop", tag: "-x", content: "x" });

    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("TAG_INVALID")]);
  });

  it("may form an index over images that were pushed before", async () => {
    await start();
    const { digest: image, manifest } = await pushImage(registry, {
      name: "shop",
      tag: "amd64",
      content: "x",
    });
    const put = (of: string) =>
      ask(registry, "PUT", "/v2/shop/manifests/multi", {
        body: JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.ociIndex,
          manifests: [{ mediaType: mediaTypes.ociManifest, digest: of, size: manifest.length }],
        }),
        headers: { "content-type": mediaTypes.ociIndex },
      });

    expect((await put(digest("missing"))).text).toContain("MANIFEST_BLOB_UNKNOWN");
    expect((await put(image)).status).toBe(201);
  });

  it("keep an immutable tag where it is, and take the same content again", async () => {
    await start({ policy: { immutable: () => true } });
    await pushImage(registry, { name: "shop", tag: "v1", content: "first" });

    const same = await pushImage(registry, { name: "shop", tag: "v1", content: "first" });
    const other = await pushImage(registry, { name: "shop", tag: "v1", content: "second" });

    expect(same.answer.status).toBe(201);
    expect(other.answer.status).toBe(400);
    expect(other.answer.text).toContain("cannot be overwritten because the tag is immutable");
  });

  it("vanish with their tags when deleted by digest", async () => {
    await start();
    const { digest: image } = await pushImage(registry, { name: "shop", tag: "v1", content: "x" });

    expect((await ask(registry, "DELETE", `/v2/shop/manifests/${image}`)).status).toBe(202);
    expect(JSON.parse((await ask(registry, "GET", "/v2/shop/tags/list")).text)).toEqual({
      name: "shop",
      tags: [],
    });
  });
});

describe("listings", () => {
  it("name tags and repositories page by page", async () => {
    await start();
    for (const tag of ["b", "a", "c"]) await pushImage(registry, { name: "shop", tag, content: tag });

    const first = await ask(registry, "GET", "/v2/shop/tags/list?n=2");
    const next = /<(.+)>; rel="next"/.exec(first.header("link") ?? "")?.[1] ?? "";
    const second = await ask(registry, "GET", next);

    expect(JSON.parse(first.text).tags).toEqual(["a", "b"]);
    expect(JSON.parse(second.text).tags).toEqual(["c"]);
    expect(second.header("link")).toBeNull();
    expect(JSON.parse((await ask(registry, "GET", "/v2/_catalog")).text)).toEqual({ repositories: ["shop"] });
  });

  it("do not know a repository nobody pushed to", async () => {
    await start();
    const answer = await ask(registry, "GET", "/v2/nothing/tags/list");

    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining("NAME_UNKNOWN")]);
  });
});

describe("access", () => {
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`,
  });
  const verify = (user: string, password: string) => user === "AWS" && password === "right";

  it("asks for Basic credentials", async () => {
    await start({ access: { kind: "basic", verify } });

    const without = await ask(registry, "GET", "/v2/");
    expect([without.status, without.header("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/^Basic realm="http:\/\/127\.0\.0\.1:\d+\/"/),
    ]);
    expect((await ask(registry, "GET", "/v2/", { headers: basic("wrong") })).status).toBe(401);
    expect((await ask(registry, "GET", "/v2/", { headers: basic("right") })).status).toBe(200);
  });

  it("hands out tokens for a scope, which end", async () => {
    await start({ access: { kind: "bearer", verify, tokenSeconds: 60 } });
    const challenge = (await ask(registry, "GET", "/v2/shop/tags/list")).header("www-authenticate");
    const realm = /realm="([^"]+)"/.exec(challenge ?? "")?.[1] ?? "";
    const scope = /scope="([^"]+)"/.exec(challenge ?? "")?.[1] ?? "";
    const { token }: { token: string } = JSON.parse(
      (await ask(registry, "GET", `${realm}?scope=${scope}`, { headers: basic("right") })).text,
    );
    const headers = { authorization: `Bearer ${token}` };

    expect(scope).toBe("repository:shop:pull");
    expect((await ask(registry, "GET", "/v2/shop/tags/list", { headers })).text).toContain("NAME_UNKNOWN");
    const push = await ask(registry, "POST", "/v2/shop/blobs/uploads/", { headers });
    expect(push.header("www-authenticate")).toContain('error="insufficient_scope"');

    await clock.advance(60_000);
    const late = await ask(registry, "GET", "/v2/shop/tags/list", { headers });
    expect(late.header("www-authenticate")).toContain('error="invalid_token"');
  });

  it("hands no token to a caller it does not know", async () => {
    await start({ access: { kind: "bearer", verify } });

    expect((await ask(registry, "GET", "/token", { headers: basic("wrong") })).status).toBe(401);
    expect((await ask(registry, "GET", "/token")).status).toBe(401);
  });
});

describe("faults", () => {
  it("strike as often as told, then end", async () => {
    await start();
    registry.faults.add({ kind: "unavailable", times: 2, method: "POST", path: "/blobs/uploads/" });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      statuses.push((await ask(registry, "POST", "/v2/shop/blobs/uploads/")).status);
    }

    expect(statuses).toEqual([503, 503, 202]);
  });

  it("tell a client when to come back", async () => {
    await start();
    registry.faults.add({ kind: "too-many-requests", times: 1 });
    const answer = await ask(registry, "GET", "/v2/");

    expect([answer.status, answer.header("retry-after")]).toEqual([429, "1"]);
  });

  it("cut connections", async () => {
    await start();
    registry.faults.add({ kind: "reset", times: 1 });

    await expect(ask(registry, "GET", "/v2/")).rejects.toThrow("fetch failed");
  });
});
