import { describe, expect, it } from "@jest/globals";
import { imageWorld, onTag, printed, sha } from "./image-world.ts";

const world = imageWorld();
const release = ["type=semver,pattern={{version}}", "type=semver,pattern={{major}}.{{minor}}", "type=sha"];
const dryRun = (inputs: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = {}) =>
  world.build({ "dry-run": "true", ...inputs }, { variables });
const names = (step: { outputs: Readonly<Record<string, string>> }) =>
  (step.outputs["tags"] ?? "").split("\n").map((reference) => reference.replace(`${world.image}:`, ""));

describe("a dry run", () => {
  it("sets tags, their rules, version and labels, and needs no engine and no registry", async () => {
    world.gitTags = ["v1.4.0", "v1.3.9"];
    await world.docker.setEngine("down");
    const step = await dryRun({ tags: release.join("\n") }, onTag("v1.4.0"));
    expect(step.errors).toEqual([]);
    expect(names(step)).toEqual(["1.4.0", "1.4", "sha-0123456", "latest"]);
    expect(JSON.parse(step.outputs["tags-json"] ?? "")).toEqual(
      [
        ["1.4.0", release[0]],
        ["1.4", release[1]],
        ["sha-0123456", release[2]],
        ["latest", release[0]],
      ].map(([name, rule]) => ({ tag: `${world.image}:${name}`, image: world.image, name, rule })),
    );
    expect(step.outputs["version"]).toBe("1.4.0");
    expect(step.outputs["labels"]?.split("\n")).toEqual(
      expect.arrayContaining([
        'org.opencontainers.image.description=A "shop"',
        "org.opencontainers.image.licenses=MIT",
        `org.opencontainers.image.revision=${sha}`,
        "org.opencontainers.image.source=https://github.com/octo/shop",
        "org.opencontainers.image.title=shop",
        "org.opencontainers.image.url=https://github.com/octo/shop",
        "org.opencontainers.image.version=1.4.0",
        expect.stringMatching(/^org\.opencontainers\.image\.created=\d{4}-/),
      ]),
    );
    for (const name of ["image", "images", "digest", "imageid"]) expect(step.outputs[name]).toBeUndefined();
    expect(world.calls()).toEqual([]);
    expect(world.registry.requests).toEqual([]);
    expect(world.leftovers()).toEqual([]);
  });

  it("shows each tag with the rule that made it, and why a rule made none", async () => {
    world.gitTags = ["v2.0.0", "v1.4.1"];
    const step = await dryRun({ tags: `${release.join("\n")}\ntype=ref,event=pr` }, onTag("v1.4.1"));
    expect(step.summary).toContain("Image that would be built");
    expect(step.summary).toContain(`| \`${world.image}:1.4.1\` | \`${release[0]}\` |`);
    expect(step.summary).toContain("Rules without a tag");
    expect(step.summary).toMatch(/latest: .*2\.0\.0 is newer/);
  });

  it("takes every input name of build-push-action and metadata-action as it is", async () => {
    world.write("netrc", "machine npm.example");
    const step = await dryRun(
      {
        "add-hosts": "db:10.0.0.2",
        allow: "network.host",
        annotations: "index:org.opencontainers.image.vendor=Octo",
        attests: "type=sbom",
        "bake-target": "docker-metadata-action",
        "build-args": "VERSION=1\nCHANNEL=stable",
        "build-contexts": "base=../base",
        builder: "mine",
        "cache-from": "type=gha",
        "cache-to": "type=gha,mode=max",
        call: "build",
        "cgroup-parent": "jobs",
        context: ".",
        file: "Dockerfile",
        labels: "team=shop",
        load: "true",
        network: "host",
        "no-cache": "true",
        "no-cache-filters": "install",
        platforms: "linux/amd64,linux/arm64",
        provenance: "mode=max",
        pull: "true",
        push: "true",
        sbom: "true",
        secrets: "npm=abcdef",
        "secret-envs": "token=NPM_TOKEN",
        "secret-files": "netrc=netrc",
        "shm-size": "1g",
        ssh: "default",
        tags: "type=sha",
        target: "release",
        ulimit: "nofile=1024:1024",
        "github-token": "ghs_token",
        flavor: "latest=false\nprefix=a-",
        "sep-tags": ",",
        "sep-labels": ";",
        "sep-annotations": ";",
        images: `${world.image}\n${world.image}-copy`,
      },
      { NPM_TOKEN: "npm_token" },
    );
    expect(step.errors).toEqual([]);
    expect(step.outputs["tags"]).toBe(`${world.image}:sha-0123456,${world.image}-copy:sha-0123456`);
  });

  it("separates lists as metadata-action's inputs say", async () => {
    const step = await dryRun({ tags: "1.0.0\nstable", "sep-tags": "," });
    expect(step.outputs["tags"]).toBe(`${world.image}:1.0.0,${world.image}:stable`);
  });

  it("takes full references as build-push-action does, beside rules", async () => {
    const step = await dryRun({ tags: `ghcr.io/octo/other:stable\ntype=sha` });
    expect(step.outputs["tags"]?.split("\n")).toEqual([
      `${world.image}:sha-0123456`,
      "ghcr.io/octo/other:stable",
    ]);
  });
});

describe("the versions that decide about floating tags", () => {
  it("are read page by page, so that an old line takes no latest", async () => {
    world.gitTags = [...Array.from({ length: 130 }, (_, minor) => `v1.${minor}.0`), "v2.0.0"].toReversed();
    const step = await dryRun({ tags: release.join("\n") }, onTag("v1.9.0"));
    expect(names(step)).toEqual(["1.9.0", "1.9", "sha-0123456"]);
    expect(world.gitHubRequests.filter((path) => path.includes("/tags"))).toHaveLength(2);
  });

  it("cannot be read anywhere: nothing floats, and a warning says why", async () => {
    world.gitTags = undefined;
    const step = await dryRun({ tags: release.join("\n") }, onTag("v1.4.0"));
    expect(names(step)).toEqual(["1.4.0", "sha-0123456"]);
    expect(step.stdout).toMatch(/^::warning.*No floating tag \(latest, major, minor\) is published.*403/m);
  });

  it("count no prerelease: it keeps its prefix and brings no latest", async () => {
    world.gitTags = ["v1.2.3-rc.1", "v1.2.2"];
    const step = await dryRun(
      { tags: "type=semver,pattern=v{{version}}\ntype=semver,pattern={{major}}" },
      onTag("v1.2.3-rc.1"),
    );
    expect(names(step)).toEqual(["v1.2.3-rc.1", "1.2.3-rc.1"]);
  });
});

describe("a pull request", () => {
  it("names the head commit and never latest", async () => {
    const head = "fedcba9876543210fedcba9876543210fedcba98";
    const event = world.write(
      "event.json",
      JSON.stringify({ pull_request: { number: 5, head: { sha: head } }, number: 5 }),
    );
    const step = await dryRun(
      { tags: "type=ref,event=pr\ntype=sha,format=long\ntype=raw,value=latest", flavor: "latest=true" },
      {
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_REF: "refs/pull/5/merge",
        GITHUB_HEAD_REF: "feature/x",
        GITHUB_BASE_REF: "main",
        GITHUB_EVENT_PATH: event,
      },
    );
    expect(step.errors).toEqual([]);
    expect(names(step)).toEqual(["pr-5", `sha-${head}`]);
    expect(step.outputs["labels"]).toContain(`org.opencontainers.image.revision=${head}`);
  });
});

describe("a mistake in the tags", () => {
  it.each([
    ["type=sha\ntype=semverr,pattern={{version}}", "line 2"],
    ["type=semver,pattern={{vresion}}", "line 1"],
    ["# first\ntype=schedule,pattern={{date 'YYYY' tz='Europe/Berln'}}", "Europe/Berln"],
    ["type=raw,value=x,enable=perhaps", "line 1"],
    ["type=raw,value=x,priority=high", "high"],
    ["type=raw,value=x,colour=red", "colour"],
    [`type=raw,value=${"x".repeat(129)}`, "129"],
    ["type=raw,value=-x", "line 1"],
    ["type=ref,event=tag", "No rule in `tags` makes a tag"],
    ["Ghcr.io/Octo/Shop:1", "Octo"],
  ])("is an error that names it: %j", async (tags, words) => {
    const step = await dryRun({ tags });
    expect(step.exitCode).toBe(1);
    expect(step.errors).toEqual([expect.stringContaining(words)]);
    for (const name of ["tags", "tags-json", "tag-names", "version", "labels", "json"])
      expect(step.outputs[name]).toBeUndefined();
    expect(step.outputs["result"]).toBe("failed");
  });

  it("is reported before anything else is done, with the others", async () => {
    const step = await dryRun({ tags: "type=sha,lenght=8\ntype=edge,brunch=x" });
    expect(printed(step)).toContain("lenght");
    expect(printed(step)).toContain("brunch");
  });
});
