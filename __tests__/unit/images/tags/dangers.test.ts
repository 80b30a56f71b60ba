/** What metadata-action does that hurts its users, each with the safe answer. */
import { describe, expect, it } from "@jest/globals";
import {
  createBranch,
  createTag,
  mergeGroup,
  pullRequest,
  pullRequestTarget,
  push,
  schedule,
  tag,
} from "./events.ts";
import { check, nameOf, plan, type Row, tagsOf } from "./planning.ts";

const table = (title: string, rows: readonly Row[]) =>
  describe(title, () => {
    it.each(rows.map((row) => [nameOf(row), row] as const))("%s", (_, row) => check(row));
  });

const peersDefault = "type=schedule\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr";
const valid = /^\w[\w.-]{0,127}$/;

table("no `latest` from prereleases", [
  [tag("v1.2.3-rc.1"), peersDefault, "v1.2.3-rc.1"],
  [tag("v1.0.1-beta"), "type=match,pattern=\\d.\\d.\\d", "1.0.1"],
  [tag("v1.0.1-beta"), "type=match,pattern=v(.*),group=1", "1.0.1-beta"],
]);

table("no `latest` for a patch of an old line", [
  [tag("v1.9.9"), peersDefault, "v1.9.9", { versions: ["v2.0.0", "v2.1.0"] }],
]);

table("every tag is one that registries take", [
  [push("@dependabot/npm"), "type=ref,event=branch", "dependabot-npm"],
  [push("feature/x"), "type=ref,event=branch", "feature-x"],
  [push("feature(x)"), "type=ref,event=branch", "feature-x-"],
  [push("_x"), "type=ref,event=branch", "_x"],
  [push("feature//..//x"), "type=ref,event=branch", "feature-..-x"],
  [push("日本語"), "type=ref,event=branch", "ee2257eb"],
  [push("日本語"), "type=ref,event=branch", "x-ee2257eb-y", { flavor: "prefix=x-,suffix=-y" }],
  [push("feature/日本語"), "type=ref,event=branch", "feature-525780bd"],
  [push("größe"), "type=ref,event=branch", "gr-e-05d81dea"],
  [push("@@@"), "type=ref,event=branch", "6ea3f7d9"],
  [pullRequest(), "type=sha,prefix={{branch}}-", "90dd603"],
  [tag("v1.2.3"), "type=sha,prefix={{branch}}-", "860c190"],
  [tag("v1.2.3"), "type=sha,prefix=,suffix=-{{branch}}", "860c190"],
  [tag("v1.2.3"), "type=raw,value={{branch}}-x", /one of its expressions is empty/],
  [pullRequest(), "type=raw,value=nightly,prefix={{branch}}-", /without it the tag would be another's/],
  [push("main"), "type=raw,value={{typo}}-x", /\{\{typo\}\} is not known here; known are \{\{branch\}\}/],
  [push("main"), "type=raw,value=-x", /"-x" is no valid tag/],
  [push("main"), "type=raw,value=.x", /"\.x" is no valid tag/],
  [push("main"), "type=ref,event=branch,prefix=-", /"-main" is no valid tag/],
  [push("main"), "type=ref,event=branch,suffix=+x", /"main\+x" is no valid tag/],
  [push("main"), "feature/foo:bar baz", /is no valid tag/],
  [tag("v1.2.3"), "type=semver,pattern={{major}}:{{minor}}", /"1:2" is no valid tag/],
  [push("main"), "type=raw,value={{date 'YYYY-MM-DD HH:mm'}}", "2026-11-27-19-05"],
]);

table("a tag ends at 128 characters", [
  [push("a".repeat(128)), "type=ref,event=branch", "a".repeat(128)],
  [push("a".repeat(129)), "type=ref,event=branch", `${"a".repeat(119)}-951804fb`],
  [push("a".repeat(200)), "type=ref,event=branch,suffix=-alpine", `${"a".repeat(112)}-0c2f59ed-alpine`],
  [push("main"), `type=raw,value=${"a".repeat(129)}`, /it has 129/],
  [push("main"), `type=ref,event=branch,suffix=-${"a".repeat(127)}`, /leaves no room/],
]);

table("`latest` once and last", [
  [push("main"), "latest\nfoo", "foo latest", { flavor: "latest=true" }],
  [tag("v1.2.3"), "type=raw,value=latest,priority=2000\ntype=semver,pattern={{version}}", "1.2.3 latest"],
  [tag("v1.2.3"), "type=raw,value=foo,priority=2000\ntype=semver,pattern={{version}}", "foo 1.2.3 latest"],
  [push("main"), "latest", "latest"],
  [push("latest"), "type=ref,event=branch\nfoo", "foo"],
  [push("latest"), "type=raw,value={{branch}}", /only a release or an explicit wish/],
  [mergeGroup(), "latest\nfoo", "foo latest"],
  [schedule(), "type=schedule,pattern=latest", "latest"],
]);

table("images are checked before anything is tagged", [
  [
    push("main"),
    "type=ref,event=branch",
    /every image in `images` is disabled/,
    { images: "name=a,enable=false" },
  ],
  [push("main"), "type=ref,event=branch", /`images` names none/, { images: "" }],
  [
    push("main"),
    "a",
    /images, line 2 \(octo\/shop:1\): .*give tags in `tags`/,
    { images: "octo/a\nocto/shop:1" },
  ],
  [
    push("main"),
    "a",
    /images, line 1 \(octo\/shop\/\): .*a part between slashes is empty/,
    { images: "octo/shop/" },
  ],
  [push("main"), "a", /it names no image/, { images: "name=,enable=true" }],
  [push("main"), "a", /the attribute "enabled" is not known/, { images: "name=a,enabled=true" }],
  [push("main"), "a", /enable is "yes"; accepted: true or false/, { images: "name=a,enable=yes" }],
  [push("main"), "a", /is no image name/, { images: "octo/sh op" }],
]);

table("text stays as it is", [
  [push("a&b='c'"), "type=raw,value={{branch}}", "a-b-c-"],
  [push("main"), 'type=raw,"value=a,b"', /"a,b" is no valid tag/],
  [schedule(), "type=schedule,\"pattern={{date 'YYYY,MM'}}\"", "2026-11"],
  [schedule(), "type=schedule,pattern=\"{{date 'YYYY,MM'}}\"", "2026-11"],
  [push("main"), '"type=raw,value=foo"', "foo"],
]);

table("a match that does not fit releases nothing", [
  [tag("v1.2.3"), "type=semver,pattern={{version}},match=\\d+", /has no group, but group 1 is asked for/],
  [tag("web-1.2.3"), "type=semver,pattern={{version}},match=api-(.*)\ntype=sha", "sha-860c190"],
  [tag("v1.2.3"), "type=match,pattern=v(.*),group=2", /has only 1 group, but group 2 is asked for/],
]);

table("the default branch is a branch", [
  [createTag("main"), "type=raw,value=a,enable={{is_default_branch}}\nb", "b"],
  [createTag("v1.2.3"), "type=raw,value=a,enable={{is_default_branch}}\nb", "b"],
  [createBranch("dev"), "type=raw,value=a,enable={{is_default_branch}}\nb", "b"],
  [createBranch("main"), "type=raw,value=a,enable={{is_default_branch}}", "a"],
]);

table("mistakes are errors that name the line", [
  [
    push("main"),
    "a\n\ntype=foo",
    /tags, line 3 \(type=foo\): the rule type "foo" is not known; known are schedule/,
  ],
  [push("main"), "type=raw,value=a,foo=b", /the attribute "foo" is not known here; known are type, enable/],
  [push("main"), "type=ref,event=branch,pattern=x", /the attribute "pattern" is not known here/],
  [push("main"), "type=sha,value=x", /the attribute "value" is not known here/],
  [push("main"), "type=sha,x", /the attribute "value" is not known here/],
  [push("main"), "type=raw,value=a,value=b", /"value" is given twice/],
  [push("main"), "type=sha,priority=high", /priority is "high"; accepted: a number/],
  [push("main"), "type=sha,priority=", /priority is ""/],
  [push("main"), "type=sha,enable=yes", /enable is "yes"; accepted: true or false/],
  [push("main"), "type=sha,enable=", /enable is ""/],
  [push("main"), "type=sha,enable={{branch}}", /enable is "main"/],
  [push("main"), "type=sha,format=medium", /format is "medium"; accepted: short, long/],
  [push("main"), "type=ref", /type=ref needs the attribute "event"/],
  [push("main"), "type=ref,event=push", /event is "push"; accepted: branch, tag, pr/],
  [push("main"), "type=semver", /type=semver needs the attribute "pattern"/],
  [push("main"), "type=semver,pattern={{majr}}", /\{\{majr\}\} is not known here; known are \{\{raw\}\}/],
  [push("main"), "type=pep440,pattern={{branch}}", /\{\{branch\}\} is not known here/],
  [
    push("main"),
    "type=schedule,pattern={{dat 'YYYY'}}",
    /is not known here; known are \{\{date\}\}, \{\{commit_date\}\}/,
  ],
  [push("main"), "type=schedule,pattern={{date}}", /date takes one format/],
  [
    push("main"),
    "type=schedule,pattern={{date 'YYYY' tz='Mars/Base'}}",
    /"Mars\/Base" is no known time zone/,
  ],
  [push("main"), "type=schedule,pattern={{date 'YYYY' zone='UTC'}}", /"zone" is not known; date takes tz/],
  [push("main"), "type=raw,value={{branch 'x'}}", /branch takes no argument/],
  [push("main"), "type=raw,value={{branch", /an expression in "\{\{branch" is not closed/],
  [push("main"), "type=match", /type=match needs the attribute "pattern"/],
  [push("main"), "type=match,pattern=v(.*", /line 1 .*: Invalid regular expression/],
  [push("main"), "type=match,pattern=v(.*),group=one", /group is "one"/],
  [push("main"), "type=raw", /type=raw needs the attribute "value"/],
  [push("main"), 'type=raw,"value=a', /line 1 .*: it is no list of comma-separated values/],
  [push("main"), "type=foo\ntype=sha,priority=x", /line 1 \(type=foo\).*line 2 \(type=sha,priority=x\)/],
  [
    push("main"),
    "type=raw,value={{commit_date 'YYYY'}}",
    /the time of commit 860c\w+ cannot be read/,
    { commitDate: "unknown" },
  ],
]);

table("no tag is an error, with the reason of every rule", [
  [
    push("main"),
    "type=ref,event=tag\ntype=schedule",
    /line 2 \(type=schedule\): the event is push; line 1 \(type=ref,event=tag\): the ref is refs\/heads\/main, no tag/,
  ],
  [
    push("main"),
    "type=ref,event=tag",
    /No rule in `tags` makes a tag for the event push on refs\/heads\/main/,
    { flavor: "latest=true" },
  ],
]);

describe("tags of refs that lose characters", () => {
  const refs = ["日本語", "中文", "größe", "grüße", "a".repeat(200), `${"a".repeat(200)}b`, "é", "è"];

  it("are valid, the same in every run, and different for different refs", async () => {
    const tags = await Promise.all(refs.map((ref) => tagsOf(push(ref), "type=ref,event=branch")));
    const again = await Promise.all(refs.map((ref) => tagsOf(push(ref), "type=ref,event=branch")));
    expect(again).toEqual(tags);
    expect(new Set(tags).size).toBe(refs.length);
    for (const name of tags) expect(name).toMatch(valid);
  });

  it("differ between a branch and a git tag of the same name", async () => {
    const branch = await tagsOf(push("日本語"), "type=ref,event=branch");
    expect(await tagsOf(tag("日本語"), "type=ref,event=tag")).not.toBe(branch);
  });
});

describe("the merge queue", () => {
  it("may publish `latest` when told to, and says that the change may still be turned down", async () => {
    const { warnings } = await plan(mergeGroup(), "latest");
    expect(warnings.join()).toContain("merge queue");
  });
});

describe("pull_request_target", () => {
  it("is about the pull request, not about the base branch it runs for", async () => {
    expect(await tagsOf(pullRequestTarget(), "type=ref,event=branch\ntype=edge\ntype=ref,event=pr")).toBe(
      "pr-5",
    );
  });
});
