import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Git, gitIn, remoteRef } from "../../../scripts/release/git.ts";
import { type Announcements, release } from "../../../scripts/release/release.ts";

let folder: string;
let remote: string;
let git: Git;
let releases: Map<string, "draft" | "published">;
let announcements: Announcements;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-release-"));
  remote = join(folder, "remote.git");
  const clone = join(folder, "clone");
  mkdirSync(clone);
  gitIn(folder)(["init", "--quiet", "--bare", remote]);
  git = gitIn(clone);
  git(["init", "--quiet", "--initial-branch=main"]);
  git(["config", "user.name", "Somebody"]);
  git(["config", "user.email", "somebody@example.com"]);
  commit("one");
  printed = [];
  releases = new Map();
  announcements = {
    async draft(tag) {
      if (remoteRef(git, remote, `refs/tags/${tag}`) === undefined) throw new Error(`no tag ${tag}`);
      releases.set(tag, releases.get(tag) ?? "draft");
    },
    async publish(tag) {
      if (!releases.has(tag)) throw new Error(`no release ${tag}`);
      releases.set(tag, "published");
    },
  };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Commits sources and a dist whose content is `content`. */
function commit(content: string): void {
  const clone = join(folder, "clone");
  mkdirSync(join(clone, "dist/deploy-ecs"), { recursive: true });
  writeFileSync(join(clone, "dist/deploy-ecs/index.js"), content);
  writeFileSync(join(clone, "source.ts"), content);
  git(["add", "."]);
  git(["commit", "--quiet", "-m", content]);
}

function run(version: string, mode: "release" | "dry-run" = "release"): Promise<string> {
  return release({
    git,
    remote,
    version,
    declaredVersion: version,
    announcements,
    mode,
    report: (line) => printed.push(line),
  });
}

/** What the remote holds, as consumers and auditors see it. */
const remoteGit = (...args: string[]) => gitIn(remote)(args);

describe("a release", () => {
  it("is a commit whose tree is exactly the dist of the source", async () => {
    await run("1.0.0");
    expect(remoteGit("rev-parse", "v1.0.0^{tree}")).toBe(git(["rev-parse", "HEAD:dist"]));
    expect(remoteGit("ls-tree", "-r", "--name-only", "v1.0.0")).toBe("deploy-ecs/index.js");
    expect(remoteGit("log", "-1", "--format=%B", "v1.0.0")).toContain(
      `Built from ${git(["rev-parse", "HEAD"])}.`,
    );
  });

  it("moves the major tag and continues the release branch", async () => {
    const first = await run("1.0.0");
    commit("two");
    const second = await run("1.1.0");
    expect(remoteGit("rev-parse", "v1", "releases/v1", "v1.1.0")).toBe([second, second, second].join("\n"));
    expect(remoteGit("rev-parse", "releases/v1^")).toBe(first);
    expect(remoteGit("rev-parse", "v1.0.0")).toBe(first);
    expect(releases).toEqual(
      new Map([
        ["v1.0.0", "published"],
        ["v1.1.0", "published"],
      ]),
    );
  });

  it("starts a branch of its own for a new major version and leaves the old one alone", async () => {
    const first = await run("1.0.0");
    commit("two");
    await run("2.0.0");
    expect(remoteGit("rev-parse", "v1", "releases/v1")).toBe([first, first].join("\n"));
    expect(remoteGit("rev-list", "--count", "releases/v2")).toBe("1");
  });

  it("moves the major tag only after it is published, and is finished by another run", async () => {
    await run("1.0.0");
    commit("two");
    const { publish } = announcements;
    announcements.publish = () => Promise.reject(new Error("GitHub is down"));
    await expect(run("1.1.0")).rejects.toThrow("GitHub is down");
    expect(remoteGit("rev-parse", "v1")).toBe(remoteGit("rev-parse", "v1.0.0"));

    announcements.publish = publish;
    const finished = await run("1.1.0");
    expect(remoteGit("rev-parse", "v1", "v1.1.0")).toBe([finished, finished].join("\n"));
    expect(remoteGit("rev-list", "--count", "releases/v1")).toBe("2");
  });

  it("changes nothing in a dry run, and says what it would do", async () => {
    const commitId = await run("1.0.0", "dry-run");
    expect(remoteGit("for-each-ref")).toBe("");
    expect(releases.size).toBe(0);
    expect(printed).toEqual([
      `would push ${commitId} as releases/v1 and v1.0.0`,
      "would draft the release v1.0.0",
      "would publish the release v1.0.0",
      `would move v1 to ${commitId}`,
    ]);
  });

  it("is the same commit in a dry run as in the real one", async () => {
    expect(await run("1.0.0", "dry-run")).toBe(await run("1.0.0"));
  });
});

describe("a release is refused, and the remote stays as it was,", () => {
  it("when the version was released from another tree", async () => {
    await run("1.0.0");
    const before = remoteGit("for-each-ref");
    commit("two");
    await expect(run("1.0.0")).rejects.toThrow(/v1\.0\.0 exists with the tree .* Choose a new version/);
    expect(remoteGit("for-each-ref")).toBe(before);
  });

  it("when it would move the major tag back", async () => {
    await run("1.10.0");
    const before = remoteGit("for-each-ref");
    commit("two");
    await expect(run("1.9.1")).rejects.toThrow("v1.10.0 is released already");
    expect(remoteGit("for-each-ref")).toBe(before);
  });

  it("when dist was built but not committed", async () => {
    writeFileSync(join(folder, "clone/dist/extra.js"), "");
    await expect(run("1.0.0")).rejects.toThrow("dist/ differs from the last commit");
  });

  it("when there is no dist", async () => {
    git(["rm", "--quiet", "-r", "dist"]);
    git(["commit", "--quiet", "-m", "no dist"]);
    await expect(run("1.0.0")).rejects.toThrow("holds no dist/");
  });

  it.each(["1.0", "v1.0.0", "1.0.0-beta", "01.0.0"])("when the version is %s", async (version) => {
    await expect(run(version)).rejects.toThrow("three numbers such as 1.4.0");
  });

  it("when package.json says another version", async () => {
    const options = { git, remote, announcements, mode: "release" as const, report: () => {} };
    await expect(release({ ...options, version: "1.0.0", declaredVersion: "0.9.0" })).rejects.toThrow(
      "package.json says 0.9.0",
    );
  });
});
