import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createActionsCache } from "#ship/github";
import { type CacheStore, createLocalCache, type LocalCachePlan } from "#ship/images";
import { recordingLog, systemClock } from "#ship/kit";
import { type ActionsCache, type CacheAccess, startActionsCache } from "#ship/simulators";

const main = "refs/heads/main";
const variables = [
  "ACTIONS_RESULTS_URL",
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_CACHE_SERVICE_V2",
  "ACTIONS_CACHE_MODE",
  "GITHUB_WORKSPACE",
  "RUNNER_TEMP",
];
const before = Object.fromEntries(variables.map((name) => [name, process.env[name]]));

let folder: string;
let service: ActionsCache;
let directory: string;
let store: CacheStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-cache-"));
  for (const name of ["workspace", "temp"]) mkdirSync(join(folder, name));
  directory = join(folder, "temp/ship-cache-shop");
  service = await startActionsCache({ clock: systemClock });
  runOn({ readable: [main], writable: main });
  store = createActionsCache();
});
afterEach(async () => {
  for (const name of variables) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The client reads the runner's variables from the process. */
function runOn(access: CacheAccess, more: Readonly<Record<string, string>> = {}): void {
  delete process.env["ACTIONS_CACHE_MODE"];
  Object.assign(process.env, {
    ACTIONS_RESULTS_URL: `${service.url}/`,
    ACTIONS_RUNTIME_TOKEN: service.issue(access),
    ACTIONS_CACHE_SERVICE_V2: "true",
    GITHUB_WORKSPACE: join(folder, "workspace"),
    RUNNER_TEMP: join(folder, "temp"),
    ...more,
  });
}

function cache(key: string, plan: Partial<LocalCachePlan> = {}) {
  const log = recordingLog();
  const local = createLocalCache(
    { directory, key: `ship-image-shop-${key}`, restoreKeys: ["ship-image-shop-"], save: true, ...plan },
    store,
    log,
  );
  return { ...local, log };
}

/** What BuildKit does with `type=local,dest=…`: it writes an image layout, new and old blobs alike. */
function build(to: readonly string[], blobs: readonly string[]): void {
  const destination = /dest=([^,]+)/.exec(to[0] ?? "")?.[1];
  if (destination === undefined) return;
  mkdirSync(join(destination, "blobs/sha256"), { recursive: true });
  writeFileSync(join(destination, "index.json"), JSON.stringify({ schemaVersion: 2, blobs }));
  for (const blob of blobs) writeFileSync(join(destination, "blobs/sha256", blob), blob.repeat(1_000));
}

/** A whole run: restore, build, save, remove. */
async function run(key: string, blobs: readonly string[], plan: Partial<LocalCachePlan> = {}) {
  const local = cache(key, plan);
  const lines = await local.restore();
  const found = existsSync(join(directory, "blobs/sha256"))
    ? readdirSync(join(directory, "blobs/sha256"))
    : [];
  build(lines.to, blobs);
  await local.save();
  await local.remove();
  return { ...lines, found, log: local.log.lines };
}

const keys = () => service.entries.filter(({ state }) => state === "complete").map(({ key }) => key);

describe("the local cache in the Actions cache", () => {
  it("is read by the next commit, which leaves only what its own build used", async () => {
    const first = await run("a", ["one", "two"]);
    expect(first.from).toEqual([]);
    expect(first.to).toEqual([`type=local,dest=${directory}-new,mode=max,ignore-error=true`]);
    const second = await run("b", ["two", "three"]);
    expect(second.from).toEqual([`type=local,src=${directory}`]);
    expect(second.found).toEqual(["one", "two"]);
    expect(readdirSync(join(folder, "temp"))).toEqual([]);
    const third = await run("c", []);
    expect(third.found).toEqual(["three", "two"]);
    expect(keys()).toEqual(["ship-image-shop-a", "ship-image-shop-b", "ship-image-shop-c"]);
  });

  it("of the same commit is read and not written again", async () => {
    await run("a", ["one"]);
    const again = await run("a", ["one"]);
    expect(again.from).toHaveLength(1);
    expect(again.to).toEqual([]);
    expect(keys()).toEqual(["ship-image-shop-a"]);
  });

  it("leaves no folder behind, and does not mistake an old one for the cache", async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "index.json"), "{}");
    const first = await run("a", ["one"]);
    expect(first.from).toEqual([]);
    // The client itself leaves an empty folder with a random name.
    expect(
      readdirSync(join(folder, "temp"), { recursive: true }).filter((name) =>
        /ship|index/.test(String(name)),
      ),
    ).toEqual([]);
  });

  it("is seen on a pull request, which does not write it", async () => {
    await run("a", ["one"]);
    runOn({ readable: ["refs/pull/7/merge", main], writable: "refs/pull/7/merge" });
    const pull = await run("b", ["evil"], { save: false });
    expect(pull.found).toEqual(["one"]);
    expect(pull.to).toEqual([]);
    expect(keys()).toEqual(["ship-image-shop-a"]);
  });

  it("of another branch is not seen", async () => {
    await run("a", ["one"]);
    runOn({ readable: ["refs/heads/other"], writable: "refs/heads/other" });
    expect((await run("b", ["two"])).from).toEqual([]);
  });
});

describe("a cache that cannot be had", () => {
  it.each([
    ["throttled", "GetCacheEntryDownloadURL"],
    ["denied", "GetCacheEntryDownloadURL"],
    ["throttled", "CreateCacheEntry"],
    ["throttled", "FinalizeCacheEntryUpload"],
  ] as const)("because it is %s at %s does not fail the build", async (kind, method) => {
    service.fail({ kind, method, times: 1 });
    const { from } = await run("a", ["one"]);
    expect(from).toEqual([]);
  });

  it("because the token only reads does not fail the build, and is told", async () => {
    runOn({ readable: [main], writable: undefined });
    const { log } = await run("a", ["one"]);
    expect(log).toContain("info: The build cache was not saved as ship-image-shop-a.");
    expect(keys()).toEqual([]);
  });

  it("because the runner forbids it is not asked for", async () => {
    runOn({ readable: [main], writable: main }, { ACTIONS_CACHE_MODE: "none" });
    await run("a", ["one"]);
    expect(service.requests).toEqual([]);
  });

  it("because the build wrote none is not saved, and is told", async () => {
    const local = cache("a");
    await local.restore();
    await local.save();
    expect(local.log.lines).toContain("notice: The build wrote no cache, so that none is saved.");
    expect(service.requests.filter((line) => line.includes("CreateCacheEntry"))).toEqual([]);
  });

  it("because its key is refused is a note", async () => {
    const { log } = await run("a,b", ["one"]);
    expect(log).toContainEqual(
      expect.stringMatching(/^notice: The build cache was not restored: .*cannot contain commas/),
    );
    expect(log).toContainEqual(
      expect.stringMatching(/^notice: The build cache was not saved: .*cannot contain commas/),
    );
  });
});

it("what is kept comes back byte for byte", async () => {
  mkdirSync(directory, { recursive: true });
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7_919) % 251));
  writeFileSync(join(directory, "blob"), bytes);
  expect(await store.save(directory, "exact")).toBe("saved");
  rmSync(directory, { recursive: true });
  expect(await store.restore(directory, "exact", [])).toBe("exact");
  expect(readFileSync(join(directory, "blob")).equals(bytes)).toBe(true);
  expect(await store.save(directory, "exact")).toBe("refused");
});
