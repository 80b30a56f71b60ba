import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "#ship/kit";
import { digestOf, mediaTypes, type Registry, type RegistryOptions, startRegistry } from "#ship/simulators";
import { ask, pushImage } from "./registry-client.ts";

let clock: ManualClock;
let registry: Registry;
beforeEach(() => {
  clock = manualClock();
});
afterEach(() => registry.close());

async function start(options: Partial<RegistryOptions> = {}) {
  registry = await startRegistry({ clock, ...options });
}
const push = (tag: string) => pushImage(registry, { name: "shop", tag, content: tag });
const accept = { accept: Object.values(mediaTypes).join(", ") };
const read = (tag: string) => ask(registry, "GET", `/v2/shop/manifests/${tag}`, { headers: accept });
const tagged = (tag: string) => registry.repositories.all.get("shop")?.tags.get(tag);

describe("a registry's faults", () => {
  it("can let requests pass before the first is struck", async () => {
    await start();
    registry.faults.add({ kind: "denied", times: 1, after: 2 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await ask(registry, "GET", "/v2/")).status);
    expect(statuses).toEqual([200, 200, 403, 200]);
  });

  it("carry a write out whose answer is lost", async () => {
    await start();
    const { manifest, digest } = await push("v1");
    registry.faults.add({ kind: "lost-answer", times: 1, method: "PUT" });
    const put = ask(registry, "PUT", "/v2/shop/manifests/v2", {
      body: manifest,
      headers: { "content-type": mediaTypes.ociManifest },
    });
    await expect(put).rejects.toThrow();
    expect(tagged("v2")).toBe(digest);
  });

  it("break an upload off in its middle, of which nothing is kept", async () => {
    await start();
    registry.faults.add({ kind: "reset-mid-upload", times: 1, method: "POST" });
    const body = "x".repeat(200_000);
    const digest = digestOf(Buffer.from(body));
    const path = `/v2/shop/blobs/uploads/?digest=${digest}`;
    await expect(ask(registry, "POST", path, { body })).rejects.toThrow();
    expect((await ask(registry, "HEAD", `/v2/shop/blobs/${digest}`)).status).toBe(404);
  });

  it("let another writer move a tag before the answer to a put comes", async () => {
    await start();
    registry.faults.add({ kind: "moved-tag", times: 1, method: "PUT" });
    const { digest, answer } = await push("v1");
    expect([answer.status, answer.header("docker-content-digest")]).toEqual([201, digest]);
    expect(tagged("v1")).not.toBe(digest);
    expect((await read("v1")).text).toContain("from another writer");
  });

  it("damage content, and leave the digest out of an answer", async () => {
    await start();
    const { manifest, digest } = await push("v1");
    registry.faults.add({ kind: "corrupt-content", times: 1, method: "GET" });
    const damaged = await read("v1");
    expect(damaged.header("docker-content-digest")).toBe(digest);
    expect(digestOf(Buffer.from(damaged.text))).not.toBe(digest);
    registry.faults.add({ kind: "no-digest", times: 1 });
    const silent = await read("v1");
    expect([silent.header("docker-content-digest"), silent.text]).toEqual([null, manifest]);
  });

  it("answer late", async () => {
    await start();
    registry.faults.add({ kind: "slow", times: 1, seconds: 30 });
    const begun = clock.now();
    expect((await clock.runUntil(ask(registry, "GET", "/v2/"))).status).toBe(200);
    expect(clock.now() - begun).toBe(30_000);
  });
});

describe("blobs of a registry with storage of its own", () => {
  it("are fetched there, by a signed address and without the registry's login", async () => {
    const login = { authorization: `Basic ${Buffer.from("ship:right").toString("base64")}` };
    await start({
      blobRedirects: true,
      access: { kind: "basic", verify: (user, password) => user === "ship" && password === "right" },
    });
    await pushImage(registry, { name: "shop", tag: "v1", content: "layer", headers: login });
    const path = `/v2/shop/blobs/${digestOf(Buffer.from("layer"))}`;
    const answer = await fetch(`${registry.url}${path}`, { headers: login, redirect: "manual" });
    const location = answer.headers.get("location") ?? "";
    expect(answer.status).toBe(307);
    expect(new URL(location).origin).not.toBe(registry.url);
    expect(await (await fetch(location)).text()).toBe("layer");
    expect((await fetch(location, { headers: login })).status).toBe(400);
    expect((await fetch(location.replace("good", "bad"))).status).toBe(403);
  });
});

describe("a registry's token service", () => {
  const verify = (user: string, password: string) => user === "ship" && password === "right";
  const basic = { authorization: `Basic ${Buffer.from("ship:right").toString("base64")}` };
  const token = async (scope: string) => {
    const answer = await ask(registry, "GET", `/token?scope=${scope}`, { headers: basic });
    return { authorization: `Bearer ${JSON.parse(answer.text).token}` };
  };
  const form = (fields: Record<string, string>) =>
    ask(registry, "POST", "/token", {
      body: new URLSearchParams({ service: "s", client_id: "c", ...fields }).toString(),
    });

  it("takes a password or a refresh token by POST", async () => {
    await start({ access: { kind: "bearer", verify, verifyRefreshToken: (text) => text === "refresh" } });
    const password = { grant_type: "password", username: "ship", password: "right" };
    const refresh = { grant_type: "refresh_token", refresh_token: "refresh" };
    expect((await form(password)).status).toBe(200);
    expect((await form(refresh)).status).toBe(200);
    expect((await form({ ...password, password: "wrong" })).status).toBe(401);
    expect((await form({ ...refresh, refresh_token: "old" })).status).toBe(401);
  });

  it("may answer only one kind of request", async () => {
    await start({ access: { kind: "bearer", verify, tokenRequests: "post" } });
    expect((await ask(registry, "GET", "/token", { headers: basic })).status).toBe(405);
  });

  it("gives tokens that wear out, and takes all of them back", async () => {
    await start({ access: { kind: "bearer", verify, requestsPerToken: 2 } });
    const headers = await token("repository:shop:pull");
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn += 1)
      statuses.push((await ask(registry, "GET", "/v2/shop/tags/list", { headers })).status);
    expect(statuses).toEqual([404, 404, 401]);
    const fresh = await token("repository:shop:pull");
    registry.faults.add({ kind: "forgotten-tokens", times: 1 });
    expect((await ask(registry, "GET", "/v2/shop/tags/list", { headers: fresh })).status).toBe(401);
  });

  it("cuts a token down to what its caller may do", async () => {
    await start({ access: { kind: "bearer", verify, may: (_user, _name, action) => action === "pull" } });
    const headers = await token("repository:shop:pull,push");
    const pushed = await ask(registry, "POST", "/v2/shop/blobs/uploads/", { headers });
    expect([pushed.status, pushed.header("www-authenticate")]).toEqual([
      401,
      expect.stringContaining('error="insufficient_scope"'),
    ]);
  });

  it("lets a blob be mounted only from a repository that the token opens", async () => {
    await start({ access: { kind: "bearer", verify } });
    const digest = digestOf(Buffer.from("layer"));
    const upload = `/v2/base/blobs/uploads/?digest=${digest}`;
    await ask(registry, "POST", upload, { body: "layer", headers: await token("repository:base:pull,push") });
    const mount = async (scope: string) =>
      (
        await ask(registry, "POST", `/v2/shop/blobs/uploads/?mount=${digest}&from=base`, {
          headers: await token(scope),
        })
      ).status;
    expect(await mount("repository:shop:pull,push")).toBe(202);
    expect(await mount("repository:shop:pull,push repository:base:pull")).toBe(201);
  });
});

describe("a blob", () => {
  it("that is deleted is gone from its repository, and kept in others", async () => {
    await start();
    const digest = digestOf(Buffer.from("layer"));
    await ask(registry, "POST", `/v2/base/blobs/uploads/?digest=${digest}`, { body: "layer" });
    await ask(registry, "POST", `/v2/shop/blobs/uploads/?mount=${digest}&from=base`);
    expect((await ask(registry, "DELETE", `/v2/base/blobs/${digest}`)).status).toBe(202);
    expect((await ask(registry, "DELETE", `/v2/base/blobs/${digest}`)).status).toBe(404);
    expect((await ask(registry, "GET", `/v2/shop/blobs/${digest}`)).text).toBe("layer");
  });
});

describe("referrers of an image", () => {
  it("are listed by its digest, of one type where that is asked for", async () => {
    await start();
    const image = await push("v1");
    const config = await ask(
      registry,
      "POST",
      `/v2/shop/blobs/uploads/?digest=${digestOf(Buffer.from("{}"))}`,
      {
        body: "{}",
      },
    );
    expect(config.status).toBe(201);
    const signature = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: "application/vnd.example.signature",
      config: {
        mediaType: "application/vnd.oci.empty.v1+json",
        digest: digestOf(Buffer.from("{}")),
        size: 2,
      },
      layers: [],
      subject: { mediaType: mediaTypes.ociManifest, digest: image.digest, size: image.manifest.length },
    });
    const digest = digestOf(Buffer.from(signature));
    const put = await ask(registry, "PUT", `/v2/shop/manifests/${digest}`, {
      body: signature,
      headers: { "content-type": mediaTypes.ociManifest },
    });
    expect(put.header("oci-subject")).toBe(image.digest);
    const path = `/v2/shop/referrers/${image.digest}`;
    const list = async (query = "") => JSON.parse((await ask(registry, "GET", path + query)).text).manifests;
    expect(await list()).toMatchObject([{ digest, artifactType: "application/vnd.example.signature" }]);
    expect(await list("?artifactType=application/other")).toEqual([]);
  });
});
