import { describe, expect, it } from "@jest/globals";
import {
  type CacheExport,
  type CacheRequest,
  cachePlan,
  parseReference,
  parseRepository,
} from "#ship/images";

const buildx: readonly CacheExport[] = ["inline", "registry", "gha", "local", "s3", "azblob"];
const onMain = { event: "push", ref: "refs/heads/main", defaultBranch: "main", serviceMode: undefined };
const onPull = { ...onMain, event: "pull_request", ref: "refs/pull/7/merge" };

function plan(changes: Partial<CacheRequest> = {}) {
  return cachePlan({
    mode: "auto",
    rawFrom: [],
    rawTo: [],
    exports: buildx,
    image: parseRepository("ghcr.io/octo/shop"),
    loggedIn: ["ghcr.io"],
    build: { platforms: ["linux/amd64"], target: undefined, file: undefined, context: "." },
    run: onMain,
    sha: "0123456789abcdef",
    service: "offered",
    temporary: "/runner/_temp",
    ...changes,
  });
}
const refOf = (line = "") => /ref=([^,]+)/.exec(line)?.[1] ?? "";

describe("cache: auto", () => {
  it("is beside the image where the job is logged in to its registry", () => {
    const { kind, from, to, notes } = plan();
    expect(kind).toBe("registry");
    expect(from).toEqual([
      expect.stringMatching(
        /^type=registry,ref=ghcr\.io\/octo\/shop:buildcache-shop-linux-amd64-[0-9a-f]{10}$/,
      ),
    ]);
    expect(to).toEqual([`${from[0]},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`]);
    expect(notes).toEqual([]);
  });

  it("is the Actions cache where there is no login", () => {
    const { kind, from, to } = plan({ loggedIn: ["docker.io"] });
    expect(kind).toBe("gha");
    expect(from).toEqual([expect.stringMatching(/^type=gha,scope=shop-linux-amd64-[0-9a-f]{10}$/)]);
    expect(to).toEqual([`${from[0]},mode=min,ignore-error=true`]);
  });

  it.each([
    [
      { service: "absent" as const },
      "the job is not logged in to ghcr.io, and the runner offers no Actions cache",
    ],
    [
      { exports: ["inline"] as const },
      "the job is not logged in to ghcr.io, and the engine cannot use the Actions cache",
    ],
    [{ image: undefined, service: "absent" as const }, "the job names no image"],
  ])("is off and says why: %j", (changes, words) => {
    expect(plan({ loggedIn: [], ...changes })).toMatchObject({
      kind: "off",
      from: [],
      to: [],
      notes: [expect.stringContaining(words)],
    });
  });

  it("leaves it to the user's own lines where there are any", () => {
    expect(plan({ rawFrom: ["type=gha"] })).toMatchObject({ kind: "own", from: ["type=gha"], to: [] });
  });
});

describe("who writes the cache", () => {
  it.each([
    ["a push to the default branch", onMain],
    ["a tag", { ...onMain, ref: "refs/tags/v1.2.3" }],
    [
      "a tag where the default branch is not known",
      { ...onMain, ref: "refs/tags/v1.2.3", defaultBranch: undefined },
    ],
    ["a schedule", { ...onMain, event: "schedule" }],
    ["a manual run on the default branch", { ...onMain, event: "workflow_dispatch" }],
    ["a release", { ...onMain, event: "release", ref: "refs/tags/v1" }],
  ])("%s", (_case, run) => {
    expect(plan({ run }).to).toHaveLength(1);
    expect(plan({ run, mode: "gha" }).to).toHaveLength(1);
    expect(plan({ run, mode: "local" }).local?.save).toBe(true);
  });

  it.each([
    ["a pull request", onPull, "a run of pull_request only reads it"],
    [
      "code of a fork on the default branch's ref",
      { ...onMain, event: "pull_request_target" },
      "pull_request_target",
    ],
    ["a run after another workflow", { ...onMain, event: "workflow_run" }, "workflow_run"],
    ["a comment", { ...onMain, event: "issue_comment" }, "issue_comment"],
    [
      "a merge queue",
      { ...onMain, event: "merge_group", ref: "refs/heads/gh-readonly-queue/main/pr-7" },
      "merge_group",
    ],
    [
      "another branch",
      { ...onMain, ref: "refs/heads/feature" },
      "refs/heads/feature only reads it; main and tags write it",
    ],
    [
      "a branch that is named like the default one",
      { ...onMain, ref: "refs/heads/x/main" },
      "refs/heads/x/main only reads it",
    ],
    [
      "a branch where the default one is not known",
      { ...onMain, defaultBranch: undefined },
      "the default branch is not known",
    ],
    [
      "a run outside of a runner",
      { event: "", ref: "", defaultBranch: undefined, serviceMode: undefined },
      "a run of no event",
    ],
  ])("not %s, which still reads", (_case, run, words) => {
    for (const mode of ["registry", "gha"] as const) {
      const { from, to, notes } = plan({ run, mode });
      expect(from).toHaveLength(1);
      expect(to).toEqual([]);
      expect(notes).toEqual([expect.stringContaining(words)]);
    }
    expect(plan({ run, mode: "local" }).local?.save).toBe(false);
  });

  it("reads the same cache that the default branch writes", () => {
    for (const mode of ["registry", "gha"] as const)
      expect(plan({ run: onPull, mode }).from).toEqual(plan({ mode }).from);
  });

  it.each([
    ["none", 0, 0],
    ["read", 1, 0],
    ["write", 1, 1],
    ["write-only", 0, 1],
    [" READ ", 1, 0],
    ["something-new", 1, 1],
    [undefined, 1, 1],
  ])(
    "follows the runner's ACTIONS_CACHE_MODE %s in the Actions cache alone",
    (serviceMode, reads, writes) => {
      const run = { ...onMain, serviceMode };
      const gha = plan({ run, mode: "gha" });
      expect([gha.from.length, gha.to.length]).toEqual([reads, writes]);
      expect(plan({ run, mode: "local" }).local?.save).toBe(writes === 1);
      expect(plan({ run, mode: "registry" }).to).toHaveLength(1);
    },
  );

  it("only reads a registry that the job is not logged in to", () => {
    expect(plan({ mode: "registry", loggedIn: [] })).toMatchObject({
      from: [expect.any(String)],
      to: [],
      notes: [expect.stringContaining("not logged in to ghcr.io")],
    });
  });
});

describe("the scope of a cache", () => {
  const scopeOf = (changes: Partial<CacheRequest>) => plan({ mode: "gha", ...changes }).from[0];
  const build = { platforms: ["linux/amd64"], target: undefined, file: undefined, context: "." };

  it("differs by image, platforms, target, Dockerfile and context", () => {
    const scopes = [
      {},
      { image: parseRepository("ghcr.io/octo/other") },
      { image: parseRepository("docker.io/octo/shop") },
      { image: undefined },
      { build: { ...build, platforms: ["linux/arm64"] } },
      { build: { ...build, platforms: ["linux/amd64", "linux/arm64"] } },
      { build: { ...build, platforms: [] } },
      { build: { ...build, target: "test" } },
      { build: { ...build, file: "Dockerfile.worker" } },
      { build: { ...build, context: "worker" } },
    ].map(scopeOf);
    expect(new Set(scopes).size).toBe(scopes.length);
  });

  it("is the same for the same platforms in another order", () => {
    expect(scopeOf({ build: { ...build, platforms: ["linux/arm64", "linux/amd64"] } })).toBe(
      scopeOf({ build: { ...build, platforms: ["linux/amd64", "linux/arm64", "linux/amd64"] } }),
    );
  });

  it("is a valid tag and scope however long or odd the names are", () => {
    const odd = {
      build: {
        ...build,
        target: "Übersetzung, mit=Zeichen",
        platforms: [
          "linux/arm/v7",
          "linux/amd64",
          "linux/s390x",
          "linux/ppc64le",
          "linux/riscv64",
          "linux/386",
        ],
      },
      image: parseRepository(`ghcr.io/octo/${"long-name-".repeat(12)}x`),
    };
    const { image, tag } = {
      image: odd.image,
      tag: parseReference(refOf(plan({ ...odd, loggedIn: ["ghcr.io"] }).from[0]))?.tag,
    };
    expect(image.name.length).toBeGreaterThan(120);
    expect(tag).toMatch(/^buildcache-[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(scopeOf(odd)).toMatch(/^type=gha,scope=[a-z0-9-]{11,91}$/);
  });
});

describe("engines that cannot export a cache", () => {
  it("of plain docker keep it in an image of its own, never under a tag of the user's", () => {
    const { kind, from, to, inlineReference } = plan({ exports: ["inline"] });
    expect(kind).toBe("inline");
    expect(inlineReference).toMatch(/^ghcr\.io\/octo\/shop:buildcache-shop-linux-amd64-/);
    expect(from).toEqual([`type=registry,ref=${inlineReference}`]);
    expect(to).toEqual(["type=inline"]);
    expect(plan({ exports: ["inline"], run: onPull })).toMatchObject({
      from,
      to: [],
      inlineReference: undefined,
    });
  });

  it("of buildah keep it in the repository itself, and write it only when logged in", () => {
    const line = "type=registry,ref=ghcr.io/octo/shop";
    expect(plan({ exports: ["registry"] })).toMatchObject({
      kind: "registry",
      from: [line],
      to: [`${line},ignore-error=true`],
    });
    expect(plan({ exports: ["registry"], run: onPull })).toMatchObject({ from: [line], to: [] });
    expect(plan({ exports: ["registry"], mode: "registry", loggedIn: [] })).toMatchObject({
      from: [line],
      to: [],
    });
  });
});

describe("the other modes", () => {
  it("off is off", () => {
    expect(plan({ mode: "off" })).toMatchObject({ kind: "off", from: [], to: [], notes: [] });
  });

  it("local has a key per commit, older keys to begin from, and the same folder in every run", () => {
    const { from, to, local } = plan({ mode: "local" });
    expect([from, to]).toEqual([[], []]);
    const scope = /^\/runner\/_temp\/ship-cache-(.+)$/.exec(local?.directory ?? "")?.[1];
    expect(local).toMatchObject({
      key: `ship-image-${scope}-0123456789abcdef`,
      restoreKeys: [`ship-image-${scope}-`],
    });
  });

  it.each(["gha", "local"] as const)("%s says that the runner offers no Actions cache", (mode) => {
    expect(plan({ mode, service: "absent" })).toMatchObject({
      kind: "off",
      local: undefined,
      notes: [expect.stringContaining("Actions cache")],
    });
  });

  it("registry says that it needs an image", () => {
    expect(plan({ mode: "registry", image: undefined }).notes).toEqual([
      expect.stringContaining("needs an image"),
    ]);
  });
});

describe("the user's own lines", () => {
  it("come on top of a mode that was asked for", () => {
    const { from, to } = plan({ mode: "gha", rawFrom: ["octo/base"], rawTo: ["type=local,dest=/cache"] });
    expect(from[1]).toBe("octo/base");
    expect(to[1]).toBe("type=local,dest=/cache,ignore-error=true");
  });

  it.each([
    ["type=gha,mode=max", "type=gha,mode=max,ignore-error=true"],
    ["octo/shop:cache", "type=registry,ref=octo/shop:cache,ignore-error=true"],
    ["localhost:5000/shop:cache", "type=registry,ref=localhost:5000/shop:cache,ignore-error=true"],
    [
      "type=registry,ref=octo/shop:cache,ignore-error=false",
      "type=registry,ref=octo/shop:cache,ignore-error=false",
    ],
    ['type=local,"dest=/a,ignore-error=b"', 'type=local,"dest=/a,ignore-error=b",ignore-error=true'],
    ["type=inline", "type=inline"],
  ])("that export are %s: a failure does not fail the build unless the line says so", (line, expected) => {
    expect(plan({ mode: "off", rawTo: [line] }).to).toEqual([expected]);
  });
});
