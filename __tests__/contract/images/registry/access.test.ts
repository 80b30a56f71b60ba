import { afterEach, describe, expect, it } from "@jest/globals";
import { createRegistryClient, type Login } from "#ship/images";
import { manualClock } from "#ship/kit";
import type { AccessOptions } from "#ship/simulators";
import { placeImage, startWorld, verify, type World, type WorldOptions } from "../world.ts";

let world: World;
afterEach(() => world.close());

async function start(access: AccessOptions, more: WorldOptions = {}) {
  world = await startWorld({ access, ...more });
  return placeImage(world.registry, "shop", { tag: "v1" });
}
const digest = (path = "shop") =>
  world.settle(world.client.digest(world.repository(path), "v1", world.signal));
const put = async (tag: string) => {
  const repository = world.repository("shop");
  const manifest = await world.settle(world.client.manifest(repository, "v1", world.signal));
  if (manifest === undefined) throw new Error("The image is not there.");
  return world.settle(world.client.putManifest(repository, tag, manifest, world.signal));
};
const tokens = () => world.requests().filter((line) => line.includes(" /token "));
const statuses = () => world.requests().map((line) => Number(line.split(" ").at(-1)));

const basic: AccessOptions = { kind: "basic", verify };
const bearer: AccessOptions = { kind: "bearer", verify };
const anonymous = { login: () => undefined };
const wrong = { login: (registry: string): Login => ({ registry, username: "ship", password: "wrong" }) };

describe("a registry with passwords", () => {
  it("is given the password when it asks, and unasked from then on", async () => {
    const image = await start(basic);
    expect(await digest()).toBe(image.digest);
    expect(statuses()).toEqual([401, 200]);
    await digest();
    expect(statuses()).toEqual([200]);
  });

  it.each([
    ["a wrong password", wrong],
    ["no login", anonymous],
  ])("that refuses %s is not asked again", async (_what, login) => {
    await start(basic, login);
    await expect(digest()).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringContaining("HTTP 401 Unauthorized"),
    });
    expect(world.requests().length).toBeLessThanOrEqual(2);
  });
});

describe("a registry with tokens", () => {
  it("is used with one token for each scope", async () => {
    const image = await start(bearer);
    await placeImage(world.registry, "other", { tag: "v1" });
    await Promise.all([digest(), digest()]);
    await digest();
    expect(tokens()).toHaveLength(1);
    await digest("other");
    expect(tokens()).toHaveLength(1);
    expect(await put("v2")).toBe(image.digest);
    expect(tokens()).toHaveLength(1);
  });

  it("gives anonymous callers tokens to pull", async () => {
    const image = await start({ ...bearer, anonymousPull: true }, anonymous);
    expect(await digest()).toBe(image.digest);
    await expect(put("v2")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });

  it("that forgets a token in the middle of an operation gets a new one", async () => {
    const image = await start({ ...bearer, requestsPerToken: 1 });
    expect(await digest()).toBe(image.digest);
    expect(await digest()).toBe(image.digest);
    expect(await put("v2")).toBe(image.digest);
    expect(statuses().filter((status) => status === 401).length).toBeGreaterThan(2);
  });

  it("that refuses every token is asked for one new token only", async () => {
    await start({ ...bearer, requestsPerToken: 0 });
    await expect(digest()).rejects.toMatchObject({ code: "CREDENTIALS_INVALID" });
    expect(tokens()).toHaveLength(1);
  });

  it("is given a new token before the old one dies", async () => {
    await start({ ...bearer, tokenSeconds: 100 });
    await digest();
    await world.clock.advance(49_000);
    await digest();
    expect(tokens()).toHaveLength(1);
    await world.clock.advance(2_000);
    world.requests();
    await digest();
    expect(statuses()).toEqual([200, 200]);
  });

  it("whose token service wants OAuth is asked by POST", async () => {
    const image = await start({ ...bearer, tokenRequests: "post" });
    expect(await digest()).toBe(image.digest);
    expect(tokens()).toEqual(["GET /token 405", "POST /token 200"]);
  });

  it("takes the refresh token that a login in a browser left", async () => {
    const verifyRefreshToken = (token: string) => token === "refresh";
    const login = (registry: string): Login => ({ registry, identityToken: "refresh" });
    const image = await start({ ...bearer, verifyRefreshToken }, { login });
    expect(await digest()).toBe(image.digest);
    expect(tokens()).toEqual(["POST /token 200"]);
  });

  it("whose token service is down for a while is waited for", async () => {
    const image = await start(bearer);
    world.registry.faults.add({ kind: "unavailable", times: 2, path: "/token" });
    expect(await digest()).toBe(image.digest);
  });

  it("refuses a wrong password in the words of its token service, at once", async () => {
    await start(bearer, wrong);
    await expect(digest()).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringMatching(
        /the token service at 127\.0\.0\.1:\d+ answered UNAUTHORIZED: authentication required/,
      ),
    });
    expect(tokens()).toHaveLength(1);
  });

  it("says that the login may not push when its token does not reach so far", async () => {
    await start({ ...bearer, may: (_user, _repository, action) => action === "pull" });
    await expect(put("v2")).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      hint: expect.stringContaining("push"),
    });
  });

  it("answers a push through a token that dies between request and request", async () => {
    const image = await start({ ...bearer, requestsPerToken: 3 });
    for (const tag of ["a", "b", "c", "d"]) expect(await put(tag)).toBe(image.digest);
  });
});

describe("a secret", () => {
  const challenge = (realm: string) =>
    new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` } });
  const seenBy = async (answer: (address: string) => Response) => {
    world = await startWorld();
    const seen: { address: string; authorization: string | null }[] = [];
    const client = createRegistryClient({
      async fetch(address, init) {
        const { url, headers } = new Request(address instanceof Request ? address.url : address, {
          headers: init?.headers ?? {},
        });
        seen.push({ address: url, authorization: headers.get("authorization") });
        return answer(url);
      },
      clock: manualClock(),
      login: async (registry) => ({ registry, username: "ship", password: "right" }),
      attempts: 1,
    });
    const shop = { name: "registry.example/shop", registry: "registry.example", path: "shop" };
    const failure = await client.manifest(shop, "v1", world.signal).catch((error: unknown) => error);
    return { seen, failure };
  };

  it("is not sent to a token service that is not encrypted", async () => {
    const { seen, failure } = await seenBy(() => challenge("http://token.example/token"));
    expect(failure).toMatchObject({
      message: expect.stringContaining("http://token.example, which is not encrypted"),
    });
    expect(seen).toHaveLength(1);
  });

  it("does not follow a redirect to another host", async () => {
    const { seen } = await seenBy((address) => {
      if (address.startsWith("https://token.example")) return Response.json({ token: "abc" });
      if (address.startsWith("https://storage.example")) return new Response("{}");
      return seen401 ? redirect : ask();
    });
    expect(
      seen.map(({ address, authorization }) => [new URL(address).host, authorization?.split(" ")[0]]),
    ).toEqual([
      ["registry.example", undefined],
      ["token.example", "Basic"],
      ["registry.example", "Bearer"],
      ["storage.example", undefined],
    ]);
  });

  let seen401 = false;
  const ask = () => {
    seen401 = true;
    return challenge("https://token.example/token");
  };
  const redirect = new Response(null, { status: 307, headers: { location: "https://storage.example/blob" } });

  it("does not follow a redirect out of encryption", async () => {
    const { failure, seen } = await seenBy(
      () => new Response(null, { status: 302, headers: { location: "http://storage.example/blob" } }),
    );
    expect(failure).toMatchObject({
      message: expect.stringContaining("http://storage.example, which is not encrypted"),
    });
    expect(seen).toHaveLength(1);
  });
});

describe("a registry that offers several ways in", () => {
  it.each([
    'Basic realm="a, Bearer b", Bearer realm="https://token.example/t?a=b",service="s",scope="repository:shop:pull"',
    'Negotiate, bearer Realm="https://token.example/t?a=b", Service="s"',
    'Bearer service=s,realm="https://token.example/t?a=b" , error="invalid_token"',
  ])("is entered by a token: %s", async (header) => {
    world = await startWorld();
    const asked: string[] = [];
    const client = createRegistryClient({
      async fetch(address, init) {
        asked.push(String(address));
        if (String(address).startsWith("https://token.example"))
          return Response.json({ access_token: "abc" });
        const sent = new Headers(init?.headers).get("authorization");
        return sent === "Bearer abc"
          ? new Response(null, { status: 404 })
          : new Response(null, { status: 401, headers: { "www-authenticate": header } });
      },
      clock: manualClock(),
      login: async () => undefined,
    });
    const shop = { name: "registry.example/shop", registry: "registry.example", path: "shop" };
    expect(await client.digest(shop, "v1", world.signal)).toBeUndefined();
    expect(asked[1]).toBe("https://token.example/t?a=b&service=s&scope=repository%3Ashop%3Apull");
  });
});

describe("Docker Hub", () => {
  it("is reached at its registry, and its official images below library", async () => {
    world = await startWorld();
    const asked: string[] = [];
    const client = createRegistryClient({
      async fetch(address) {
        asked.push(String(address));
        return new Response(null, { status: 404 });
      },
      clock: manualClock(),
      login: async () => undefined,
    });
    const debian = { name: "debian", registry: "docker.io", path: "library/debian" };
    await client.digest(debian, "13", world.signal);
    expect(asked).toEqual(["https://registry-1.docker.io/v2/library/debian/manifests/13"]);
  });
});
