import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import { type ActionsCache, startActionsCache } from "#ship/simulators";
import { imageWorld, onTag } from "./image-world.ts";

const world = imageWorld();
let cache: ActionsCache;
beforeEach(async () => {
  cache = await startActionsCache({ clock: systemClock });
  world.defer(cache.close);
});

/** What the runner gives a JavaScript action of a run on this ref. */
const onRunner = (ref = "refs/heads/main") => ({
  ACTIONS_RESULTS_URL: `${cache.url}/`,
  ACTIONS_RUNTIME_TOKEN: cache.issue({ readable: [ref, "refs/heads/main"], writable: ref }),
  ACTIONS_CACHE_SERVICE_V2: "true",
});
const onBranch = (name: string) => ({ GITHUB_REF: `refs/heads/${name}`, GITHUB_REF_NAME: name });
/** Values of a flag over all calls of the engine. */
const flag = (name: string) =>
  world
    .calls()
    .flatMap(({ arguments: words }) =>
      words.flatMap((word, index) => (word === name ? [words[index + 1] ?? ""] : [])),
    );
const noLogin = { "registry-auth": "", push: "false" };

describe("the build cache", () => {
  it("lies in the registry when logged in there, and is written on the default branch", async () => {
    const step = await world.build();
    expect(step.errors).toEqual([]);
    const [from] = flag("--cache-from");
    expect(from).toMatch(/^type=registry,ref=127\.0\.0\.1:\d+\/shop-api:buildcache-shop-api-[0-9a-f]{10}$/);
    expect(flag("--cache-to")).toEqual([
      `${from},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
    ]);
  });

  it.each([
    ["a branch beside the default one", onBranch("feature/x"), 0],
    ["a pull request", { GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/5/merge" }, 0],
    ["a git tag", onTag("v1.0.0"), 1],
  ])("is read on %s, and written there only where it is a release", async (_, variables, writes) => {
    const step = await world.build({ tags: "type=sha" }, { variables });
    expect(step.errors).toEqual([]);
    expect(flag("--cache-from").length).toBeGreaterThan(0);
    expect(flag("--cache-to")).toHaveLength(writes);
  });

  it("is GitHub's without a login, with a scope of its own for image and platform", async () => {
    for (const platforms of ["linux/amd64", "linux/arm64"]) {
      const step = await world.build({ ...noLogin, platforms }, { variables: onRunner() });
      expect(step.errors).toEqual([]);
    }
    const scopes = flag("--cache-from");
    expect(new Set(scopes).size).toBe(2);
    for (const scope of scopes)
      expect(scope).toMatch(/^type=gha,scope=shop-api-linux-(?:amd64|arm64)-[0-9a-f]{10}$/);
    for (const to of flag("--cache-to")) expect(to).toMatch(/,mode=min,ignore-error=true$/);
    const [build] = world.calls().filter(({ arguments: [, verb] }) => verb === "build");
    expect(build?.environment).toMatchObject({ ACTIONS_RESULTS_URL: `${cache.url}/` });
  });

  it("is absent with a word about why, where neither is there", async () => {
    const step = await world.build(noLogin);
    expect(step.errors).toEqual([]);
    expect(step.stdout).toMatch(
      /No build cache: the job is not logged in to .*the runner offers no Actions cache/,
    );
    expect(flag("--cache-from")).toEqual([]);
  });

  it("is taken as it is written where the user writes it, and off is off", async () => {
    await world.build({ "cache-from": "type=gha,scope=mine", "cache-to": "type=gha,scope=mine,mode=max" });
    expect(flag("--cache-from")[0]).toBe("type=gha,scope=mine");
    expect(flag("--cache-to")[0]).toBe("type=gha,scope=mine,mode=max,ignore-error=true");
    const before = world.calls().length;
    await world.build({ cache: "off", "if-exists": "overwrite" });
    expect(JSON.stringify(world.calls().slice(before))).not.toContain("--cache-");
  });

  it("of the local kind is kept in GitHub's cache, read by the next commit, and leaves no folder", async () => {
    const first = await world.build({ cache: "local" }, { variables: onRunner() });
    expect(first.errors).toEqual([]);
    expect(cache.entries.map(({ key, state }) => [key, state])).toEqual([
      [expect.stringMatching(/^ship-image-shop-api-[0-9a-f]{10}-0123456789abcdef/), "complete"],
    ]);
    const next = await world.build(
      { cache: "local" },
      { variables: { ...onRunner(), GITHUB_SHA: "9".repeat(40) } },
    );
    expect(next.errors).toEqual([]);
    expect(flag("--cache-from").at(-1)).toMatch(/^type=local,src=/);
    expect(cache.entries).toHaveLength(2);
    expect(world.leftovers()).toEqual([]);
  });

  it("of the local kind that cannot be fetched or kept is a note, never a failure", async () => {
    cache.fail({ method: "GetCacheEntryDownloadURL", kind: "throttled", times: 9 });
    cache.fail({ method: "CreateCacheEntry", kind: "throttled", times: 9 });
    const step = await world.build({ cache: "local" }, { variables: onRunner() });
    expect(step.errors).toEqual([]);
    expect(step.outputs["result"]).toBe("pushed");
    expect(step.stdout).not.toMatch(/^::error/m);
    expect(cache.entries).toEqual([]);
  });

  it("is beside the image for an engine that can only write it inline", async () => {
    await world.docker.setBuildx("absent");
    await world.docker.setClient("20.10.24");
    const step = await world.build();
    expect(step.errors).toEqual([]);
    const tags = Object.keys(world.tags());
    expect(tags).toHaveLength(2);
    expect(tags[1]).toMatch(/^buildcache-shop-api-/);
    expect(step.outputs["tags"]).not.toContain("buildcache");
    expect(flag("--build-arg")).toContain("BUILDKIT_INLINE_CACHE=1");
  });
});

describe("cache-hit", () => {
  it("is true when every step came from the cache, and false when one was built", async () => {
    const first = await world.build(noLogin);
    const second = await world.build(noLogin);
    world.write("app", "another program");
    const third = await world.build(noLogin);
    expect([first, second, third].map(({ outputs }) => outputs["cache-hit"])).toEqual([
      "false",
      "true",
      "false",
    ]);
    expect(second.summary).toMatch(/1 of 1 steps from the cache/);
    expect(existsSync(join(world.workspace, "app"))).toBe(true);
  });
});
