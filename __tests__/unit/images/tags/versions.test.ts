import { describe, expect, it } from "@jest/globals";
import {
  createTag,
  dispatch,
  pullRequest,
  pullRequestTarget,
  push,
  release,
  run,
  tag,
  workflowRun,
} from "./events.ts";
import { check, nameOf, plan, type Row } from "./planning.ts";

const table = (title: string, rows: readonly Row[]) =>
  describe(title, () => {
    it.each(rows.map((row) => [nameOf(row), row] as const))("%s", (_, row) => check(row));
  });

const all =
  "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=semver,pattern={{major}}";
const python = all.replaceAll("semver", "pep440");
const unreadable = { unreadable: "the API answered HTTP 403, and the checkout holds no tags" };

table("semantic versions", [
  [tag("v1.2.3"), all, "1.2.3 1.2 1 latest"],
  [tag("1.2.3"), all, "1.2.3 1.2 1 latest"],
  [dispatch("refs/tags/v1.2.3"), all, "1.2.3 1.2 1 latest"],
  [createTag("v1.2.3"), all, "1.2.3 1.2 1 latest"],
  [tag("v1.2.3"), "type=semver,pattern={{raw}}", "v1.2.3 latest"],
  [tag("v1.2.3"), "type=semver,pattern=v{{major}}", "v1 latest"],
  [tag("v1.2.3"), "type=semver,pattern={{major}}.{{minor}}.{{patch}}", "1.2.3 latest"],
  [tag("v1.2.3"), "type=semver,pattern={{version}}-alpine", "1.2.3-alpine latest"],
  [tag("v1.2.3"), "type=semver,pattern=stable", "stable latest"],
  [tag("v1.2.3"), all, "foo-1.2.3 foo-1.2 foo-1 latest", { flavor: "prefix=foo-" }],
  [
    tag("v1.2.3+build.5"),
    "type=semver,pattern={{version}}\ntype=semver,pattern={{raw}}",
    "1.2.3 v1.2.3-build.5 latest",
  ],
  [tag("v0.4.2"), all, "0.4.2 0.4 0 latest"],
  [push("main"), "type=semver,pattern={{version}},value=v1.2.3", "1.2.3 latest"],
  [push("main"), "type=semver,pattern={{version}},value=v1.2.3-{{sha}}", "1.2.3-860c190"],
  [push("main"), all, /the ref is refs\/heads\/main, no tag/],
  [push("main"), "type=semver,pattern={{version}},value={{tag}}", /its value is empty/],
  [tag("V1.2.3"), all, /"V1\.2\.3" is no semantic version/],
  [tag("release-1.2.3"), all, /"release-1\.2\.3" is no semantic version/],
  [tag("v1.2"), all, /"v1\.2" is no semantic version/],
  [tag("v1.02.3"), all, /is no semantic version/],
  [tag("p1/v1.2.3"), all, /"p1-v1\.2\.3" is no semantic version/],
  [tag("p1/v1.2.3"), `${all}\ntype=sha`, "sha-860c190"],
]);

table("floating tags belong to the newest release of their line", [
  [tag("v1.9.9"), all, "1.9.9 1.9 1", { versions: ["v1.9.8", "v1.9.9", "v2.0.0"] }],
  [tag("v1.9.9"), all, "1.9.9 1.9 1", { versions: ["v1.9.9", "2.0.0"] }],
  [tag("v1.9.9"), all, "1.9.9 1.9", { versions: ["v1.9.9", "v1.10.0"] }],
  [tag("v1.9.9"), all, "1.9.9", { versions: ["v1.9.9", "v1.9.10"] }],
  [tag("v1.10.0"), all, "1.10.0 1.10 1 latest", { versions: ["v1.9.9", "v1.10.0", "v1.2.20"] }],
  [
    tag("v1.10.0"),
    all,
    "1.10.0 1.10 1 latest",
    { versions: ["v2.0.0-rc.1", "v1.11.0-beta", "nightly", "20200110"] },
  ],
  [tag("v10.0.0"), all, "10.0.0 10.0 10 latest", { versions: ["v9.9.9", "v10.0.0"] }],
  [tag("v2.0.0"), all, "2.0.0 2.0 2 latest", { versions: ["v2", "v2.0", "v2.0.0", "v1"] }],
  [tag("v1.9.9"), all, "1.9.9 1.9 1", { versions: ["v1.9.9", "v2.0"] }],
  [tag("v1.9.9"), "type=semver,pattern=stable\ntype=sha", "sha-860c190", { versions: ["v2.0.0"] }],
  [tag("v1.2.3"), "type=semver,pattern={{minor}}\ntype=sha", "sha-860c190", { versions: ["v7.2.4"] }],
  [tag("v1.2.3"), all, "1.2.3 1.2 1 latest", { versions: ["api-v9.0.0", "web/v3.0.0"] }],
  [release("v1.2.3", false), all, "1.2.3 1.2 1", { versions: ["v2.0.0"] }],
  [push("main"), "type=semver,pattern={{major}},value=v1.2.3\nfoo", "foo", { versions: ["v1.3.0"] }],
  [tag("v1.9.9"), "type=ref,event=tag", "v1.9.9", { versions: ["v1.9.9", "v2.0.0"] }],
  [tag("v1.9.9"), "type=match,pattern=v(.*),group=1", "1.9.9", { versions: ["v2.0.0"] }],
  [tag("v1.9.9"), all, "1.9.9 1.9 1 latest", { versions: ["v2.0.0"], flavor: "latest=true" }],
  [tag("v1.9.9"), `${all}\nlatest`, "1.9.9 1.9 1 latest", { versions: ["v2.0.0"] }],
]);

table("versions that cannot be read", [
  [tag("v1.2.3"), all, "1.2.3", { versions: unreadable }],
  [tag("v1.2.3"), "type=ref,event=tag", "v1.2.3", { versions: unreadable }],
  [tag("v1.2.3"), "type=match,pattern=v(\\d+\\.\\d+)(.*),group=1\nfoo", "foo", { versions: unreadable }],
  [tag("v1.2.3"), "type=match,pattern=v(.*),group=1", "1.2.3", { versions: unreadable }],
  [tag("v1.2.3"), all, "1.2.3 latest", { versions: unreadable, flavor: "latest=true" }],
  [tag("v1.2.3"), `${all}\nlatest`, "1.2.3 latest", { versions: unreadable }],
  [
    tag("v1.2.3"),
    "type=semver,pattern={{major}}",
    /the existing versions cannot be read/,
    { versions: unreadable },
  ],
]);

table("prereleases", [
  [tag("v1.2.3-rc.1"), all, "1.2.3-rc.1"],
  [tag("v1.2.3-rc.1"), "type=semver,pattern=v{{version}}", "v1.2.3-rc.1"],
  [tag("v1.2.3-rc.1"), "type=semver,pattern=v{{major}}.{{minor}}", "v1.2.3-rc.1"],
  [tag("v1.2.3-rc.1"), "type=semver,pattern={{raw}}", "v1.2.3-rc.1"],
  [tag("v1.2.3-rc.1"), "type=semver,pattern={{version}}-alpine", "1.2.3-rc.1-alpine"],
  [tag("v1.2.3-rc.1"), "type=semver,pattern={{major}}.{{minor}}.{{patch}}", "1.2.3-rc.1"],
  [tag("v1.2.3-rc.1"), "type=semver,pattern=stable", "1.2.3-rc.1"],
  [tag("v1.2.3-rc.1"), all, "1.2.3-rc.1 latest", { flavor: "latest=true" }],
  [release("v1.2.3", true), all, "1.2.3"],
  [release("v1.2.3", true), "type=ref,event=tag", "v1.2.3"],
  [release("v1.2.3", true), "type=match,pattern=v(.*),group=1", "1.2.3"],
  [release("v1.2.3", true), "type=match,pattern=v(\\d+).*,group=1\nfoo", "foo"],
  [release("v1.2.3-rc.1", false), all, "1.2.3-rc.1"],
  [release("v1.2.3", true), "type=pep440,pattern={{major}}", "1.2.3"],
  [tag("v9.5.7-alpha.2+fork.3.1.8"), "type=semver,pattern={{version}}", "9.5.7-alpha.2"],
  [tag("v9.5.7-alpha.2+fork.3.1.8"), "type=semver,pattern={{raw}}", "v9.5.7-alpha.2-fork.3.1.8"],
]);

table("pull requests", [
  [pullRequest(), "latest\ntype=sha", "sha-90dd603"],
  [pullRequestTarget(), "type=raw,value=latest\ntype=sha", "sha-90dd603"],
  [pullRequest(), "type=ref,event=pr", "pr-5", { flavor: "latest=true" }],
  [pullRequest(), "latest", /`latest` never comes from a pull request/],
  [pullRequest(), "user/app:latest", /`latest` never comes from a pull request/],
  [pullRequest(), "user/app:latest,user/app:5", "user/app:5"],
  [pullRequest(), "latest\ntype=sha", "sha-90dd603", { flavor: "prefix=foo-" }],
  [
    pullRequest(),
    "type=semver,pattern={{major}},value=1.2.3\ntype=semver,pattern={{version}},value=1.2.3",
    "1.2.3",
  ],
  [workflowRun("pull_request"), "latest\ntype=sha", "sha-860c190"],
  [workflowRun("push"), "latest\ntype=sha", "sha-860c190 latest"],
  [run("pull_request_review", "refs/pull/7/merge", "a".repeat(40), {}), "latest\ntype=ref,event=pr", "pr-7"],
  [run("pull_request_target", "refs/heads/main", "a".repeat(40), {}), "type=ref,event=branch\nfoo", "foo"],
]);

table("versions by PEP 440", [
  [tag("v1.2.3"), python, "1.2.3 1.2 1 latest"],
  [tag("1.2"), python, "1.2 1 latest"],
  [tag("1.2"), "type=pep440,pattern={{major}}.{{minor}}.{{patch}}", "1.2.0 latest"],
  [tag("v1.2.3rc2"), python, "1.2.3rc2"],
  [tag("v1.2.3rc2"), "type=pep440,pattern=v{{version}}", "v1.2.3rc2"],
  [
    tag("v1.2.3-rc.2"),
    "type=pep440,pattern={{version}}\ntype=pep440,pattern={{raw}}",
    "1.2.3rc2 v1.2.3-rc.2",
  ],
  [tag("1.0dev4"), python, "1.0.dev4"],
  [tag("1.2post1"), python, "1.2.post1"],
  [tag("1.1beta2"), python, "1.1b2"],
  [tag("1.9"), python, "1.9 1 latest", { versions: ["1.9", "1.8.5", "2.0rc1", "20200110"] }],
  [tag("1.9"), python, "1.9", { versions: ["1.10"] }],
  [tag("1.9"), python, "1.9 1 latest", { versions: ["1.9.post1"] }],
  [tag("2.0"), python, "2.0 2", { versions: ["1!1.0"] }],
  [tag("1.2+loc.1"), "type=pep440,pattern={{version}}", "1.2-loc.1 latest"],
  [tag("sometag"), python, /"sometag" is no version by PEP 440/],
]);

table("match", [
  [tag("v1.2.3"), "type=match,pattern=\\d.\\d.\\d", "1.2.3 latest"],
  [tag("v1.2.3"), "type=match,pattern=v(.*),group=1", "1.2.3 latest"],
  [tag("v1.2.3"), "type=match,pattern=/V(.*)/i,group=1", "1.2.3 latest"],
  [tag("v1.2.3"), "type=match,pattern=/v(.*)/g,group=1", "1.2.3 latest"],
  [tag("v1.2.3"), "type=match,pattern=v(\\d+\\.\\d+),group=1", "1.2 latest"],
  [tag("v1.2.3"), "type=match,pattern=v(\\d+\\.\\d+),group=1\nfoo", "foo", { versions: ["v1.2.4"] }],
  [tag("v1.2.3"), "type=match,pattern=v(\\d+\\.\\d+),group=1", "1.2", { versions: ["v1.3.0"] }],
  [tag("v2.0.8-beta.67"), "type=match,pattern=v(.*),group=1", "2.0.8-beta.67"],
  [tag("v2.0.8-beta.67"), "type=match,pattern=v(\\d.\\d),group=1\nfoo", "foo"],
  [tag("20200110-RC2"), "type=match,pattern=\\d+", "20200110"],
  [tag("20200110"), "type=match,pattern=\\d+", "20200110 latest", { versions: ["20191231", "v3.0.0"] }],
  [
    tag("p1/v1.2.3"),
    "type=match,pattern=p1/v(\\d.\\d.\\d),group=1",
    "1.2.3 latest",
    { versions: ["p2/v9.0.0"] },
  ],
  [
    tag("api-v1.2.3"),
    "type=match,pattern=api-v(.*),group=1",
    "1.2.3 latest",
    { versions: ["web-v9.0.0", "api-v1.2.2"] },
  ],
  [tag("api-v1.2.3"), "type=match,pattern=api-v(.*),group=1", "1.2.3", { versions: ["api-v1.10.0"] }],
  [push("main"), "type=match,pattern=v(.*),group=1,value=v1.2.3", "1.2.3 latest"],
  [tag("v1.2.3"), "type=match,pattern=w(.*),group=1", /"v1\.2\.3" does not match/],
  [tag("v1.2.3"), "type=match,pattern=(w)?v1,group=1", /does not match/],
  [tag("v1.2.3"), 'type=match,"pattern=v(\\d{1,3}\\..*)",group=1', "1.2.3 latest"],
  [tag("v1.2.3"), 'type=match,pattern="v(\\d{1,3}\\..*)",group=1', "1.2.3 latest"],
]);

table("monorepo versions", [
  [
    tag("api-v1.2.3"),
    "type=semver,pattern={{version}},match=api-(.*)",
    "1.2.3 latest",
    { versions: ["web-v9.0.0"] },
  ],
  [
    tag("api-v1.2.3"),
    "type=semver,pattern={{major}},match=api-(.*)\nfoo",
    "foo",
    { versions: ["api-v1.3.0"] },
  ],
  [tag("web-v1.2.3"), "type=semver,pattern={{version}},match=api-(.*)", /"web-v1\.2\.3" does not match/],
  [tag("api/1.2.3"), "type=pep440,pattern={{version}},match=/API\\/(.*)/i", "1.2.3 latest"],
]);

describe("what a plan says beside the tags", () => {
  it("warns once when floating tags are withheld because the versions cannot be read", async () => {
    const { warnings } = await plan(tag("v1.2.3"), all, { versions: unreadable });
    expect(warnings).toEqual([
      `No floating tag (latest, major, minor) is published: the existing versions cannot be read, ${unreadable.unreadable}.`,
    ]);
  });

  it("names the version that a floating tag is withheld for", async () => {
    const { unused, version } = await plan(tag("v1.9.9"), all, { versions: ["v1.10.0"] });
    expect(version).toBe("1.9.9");
    expect(unused).toEqual([
      'line 3 (type=semver,pattern={{major}}): "1" floats, and v1.10.0 is newer',
      "latest: v1.10.0 is newer",
    ]);
  });

  it("says that a pull request does not name its head", async () => {
    const { warnings } = await plan(
      run("pull_request", "refs/pull/5/merge", "a".repeat(40), { number: 5 }),
      "foo",
    );
    expect(warnings.join()).toContain("does not name the head commit");
  });

  it("reads the versions only for rules that need them", async () => {
    const versions = {
      get unreadable(): string {
        throw new Error("asked");
      },
    };
    const { images } = await plan(tag("v1.2.3"), "type=semver,pattern={{version}}", {
      versions,
      flavor: "latest=false",
    });
    expect(images).toHaveLength(1);
    await expect(plan(tag("v1.2.3"), "type=semver,pattern={{version}}", { versions })).rejects.toThrow(
      "asked",
    );
  });
});
