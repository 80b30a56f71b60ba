import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { imageWorld, onTag, password, printed, sha } from "./image-world.ts";

const world = imageWorld();
const manifestPuts = () =>
  world.registry.requests.filter((request) => /^PUT \/v2\/shop-api\/manifests\//.test(request));
const noTagOutputs = (outputs: Readonly<Record<string, string>>) => {
  for (const name of ["tags", "tags-json", "tag-names", "version", "labels", "json", "skipped"])
    expect(outputs[name]).toBeUndefined();
};

describe("a build", () => {
  it("is pushed under every tag of every image, and all outputs say what the registries store", async () => {
    const step = await world.build({
      images: `${world.image}\n${world.registry.host}/copies/shop`,
      tags: "type=sha\ntype=raw,value=stable",
      "test-command": "/bin/true",
    });
    expect(step.errors).toEqual([]);
    const digest = world.tags()["stable"];
    expect(world.tags()).toEqual({ "sha-0123456": digest, stable: digest });
    expect(world.tags("copies/shop")).toEqual({ "sha-0123456": digest, stable: digest });
    const { image, images, tags, version, platforms, size, imageid, metadata, result } = step.outputs;
    expect({ image, images, tags, version, result }).toEqual({
      result: "pushed",
      image: `${world.image}@${digest}`,
      images: `${world.image}@${digest}\n${world.registry.host}/copies/shop@${digest}`,
      tags: [
        `${world.image}:stable`,
        `${world.image}:sha-0123456`,
        `${world.registry.host}/copies/shop:stable`,
        `${world.registry.host}/copies/shop:sha-0123456`,
      ].join("\n"),
      version: "stable",
    });
    expect(step.outputs["digest"]).toBe(digest);
    expect(step.outputs).toMatchObject({ skipped: "false", "cache-hit": "false" });
    expect(platforms).toBe("linux/amd64");
    expect(Number(size)).toBeGreaterThan(0);
    expect(imageid).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(JSON.parse(metadata ?? "")).toHaveProperty(["containerimage.digest"], digest);
    expect(world.leftovers()).toEqual([]);
  });

  it("carries the OCI labels and the user's, byte for byte, at the time that SOURCE_DATE_EPOCH says", async () => {
    const odd = [`note=it's "50%", $HOME & C:\\dir; \`id\``, "empty=", "two words=a  b ", "ümlaut=é=è"];
    const step = await world.build(
      { labels: odd.join("\n") },
      { variables: { SOURCE_DATE_EPOCH: "1700000000" } },
    );
    expect(step.errors).toEqual([]);
    const { config } = await world.stored(sha);
    expect(config.config.Labels).toMatchObject({
      note: `it's "50%", $HOME & C:\\dir; \`id\``,
      empty: "",
      "org.opencontainers.image.created": "2023-11-14T22:13:20.000Z",
      "org.opencontainers.image.revision": sha,
      "org.opencontainers.image.version": sha,
    });
    expect(config.created).toBe("2023-11-14T22:13:20.000Z");
    expect(step.outputs["labels"]).toContain(`note=it's "50%", $HOME & C:\\dir; \`id\``);
  });

  it("is kept by the engine alone with `load`, without an explicit push", async () => {
    const step = await world.build({ load: "true" });
    expect(step.outputs).toMatchObject({ result: "built", tags: `${world.image}:${sha}` });
    expect(step.outputs["image"]).toBeUndefined();
    expect(manifestPuts()).toEqual([]);
  });

  it("is loaded and pushed where both are asked for", async () => {
    const step = await world.build({ load: "true", push: "true" });
    expect(step.outputs["result"]).toBe("pushed");
    expect(Object.keys(world.tags())).toEqual([sha]);
  });

  it("is not pushed with `push: false`, and needs no login then", async () => {
    const step = await world.build({ push: "false", "registry-auth": "" });
    expect(step.errors).toEqual([]);
    expect(step.outputs).toMatchObject({ result: "built", skipped: "false" });
    expect(manifestPuts()).toEqual([]);
  });

  it("is exported where `outputs` say, and nothing is pushed", async () => {
    const step = await world.build({ outputs: `type=local,dest=${join(world.workspace, "out")}` });
    expect(step.errors).toEqual([]);
    expect(step.outputs["result"]).toBe("built");
    expect(existsSync(join(world.workspace, "out/exported"))).toBe(true);
    expect(manifestPuts()).toEqual([]);
  });

  it("is recorded for attestation beside what others recorded", async () => {
    const file = world.write("artifacts", "oci://ghcr.io/octo/other@sha256:00", "");
    const step = await world.build({}, { variables: { GITHUB_ARTIFACTS: file } });
    expect(readFileSync(file, "utf8")).toBe(
      `oci://ghcr.io/octo/other@sha256:00\noci://${step.outputs["image"]}\n`,
    );
  });
});

describe("tags that exist already", () => {
  it("skip a second run of the same commit: the engine is not called again", async () => {
    const first = await world.build({ tags: "type=sha\nstable" });
    const before = world.calls().length;
    const again = await world.build({ tags: "type=sha\nstable" });
    expect(again.outputs).toMatchObject({
      result: "unchanged",
      skipped: "true",
      digest: first.outputs["digest"],
      image: first.outputs["image"],
      tags: first.outputs["tags"],
      "tags-json": first.outputs["tags-json"],
    });
    expect(world.calls()).toHaveLength(before);
    expect(again.summary).toContain("Image exists already");
  });

  it.each([["type=ref,event=branch"], ["type=edge,branch=main"], ["latest"], ["main"]])(
    "but name another commit's image are built anew, since %s moves from commit to commit",
    async (tags) => {
      const first = await world.build({ tags });
      world.write("app", "the next program");
      const next = await world.build({ tags }, { variables: { GITHUB_SHA: "9".repeat(40) } });
      expect(next.outputs).toMatchObject({ result: "pushed", skipped: "false" });
      expect(next.outputs["digest"]).not.toBe(first.outputs["digest"]);
      expect(Object.values(world.tags())).toEqual([next.outputs["digest"]]);
    },
  );

  it("and name a version keep it, whichever commit it was made from", async () => {
    const tags = "type=semver,pattern={{version}},value=1.2.3";
    const first = await world.build({ tags, flavor: "latest=false" });
    const next = await world.build(
      { tags, flavor: "latest=false" },
      { variables: { GITHUB_SHA: "9".repeat(40) } },
    );
    expect(next.outputs).toMatchObject({ result: "unchanged", digest: first.outputs["digest"] });
  });

  it("are built where one of them is missing", async () => {
    await world.build({ tags: "stable" });
    const step = await world.build({ tags: "stable\n1.0.0" });
    expect(step.outputs["result"]).toBe("pushed");
    expect(Object.keys(world.tags())).toEqual(["stable", "1.0.0"]);
  });

  it("fail the step with `if-exists: fail`, before anything is built", async () => {
    const first = await world.build();
    const before = world.calls().length;
    const step = await world.build({ "if-exists": "fail" });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("IMAGE_EXISTS");
    expect(step.errors[0]).toContain(`${world.image}:${sha} (${first.outputs["digest"]})`);
    expect(world.calls()).toHaveLength(before);
    noTagOutputs(step.outputs);
  });

  it("are moved with `if-exists: overwrite`", async () => {
    const first = await world.build();
    world.write("app", "another program");
    const step = await world.build({ "if-exists": "overwrite" });
    expect(step.outputs["result"]).toBe("pushed");
    expect(step.outputs["digest"]).not.toBe(first.outputs["digest"]);
    expect(world.tags()[sha]).toBe(step.outputs["digest"]);
  });
});

describe("a promotion", () => {
  const nothing = { variables: { PATH: "/nonexistent" } };

  it("needs no engine and no source, and gives the digest its tags within the repository", async () => {
    const built = await world.build();
    const promoted = await world.build(
      { "promote-from": `${world.image}@${built.outputs["digest"]}`, tags: "1.2.3\nstable" },
      nothing,
    );
    expect(promoted.errors).toEqual([]);
    expect(promoted.outputs).toMatchObject({
      result: "promoted",
      skipped: "false",
      digest: built.outputs["digest"],
      image: built.outputs["image"],
      tags: `${world.image}:1.2.3\n${world.image}:stable`,
    });
    expect(world.tags()).toMatchObject({
      "1.2.3": built.outputs["digest"],
      stable: built.outputs["digest"],
    });
    expect(promoted.summary).toContain("Image promoted");
    expect(world.leftovers()).toEqual([]);
  });

  it("copies to another repository and to another registry, and a second time says that nothing changed", async () => {
    const built = await world.build();
    const other = await world.otherRegistry();
    const inputs = {
      "promote-from": `${world.image}:${sha}`,
      images: `${world.registry.host}/prod/shop\n${other.host}/shop`,
      tags: "1.2.3",
      "registry-auth": `${world.login()}\n${world.login(other)}`,
    };
    const promoted = await world.build(inputs, nothing);
    expect(promoted.errors).toEqual([]);
    expect(promoted.outputs["result"]).toBe("promoted");
    expect(world.tags("prod/shop")).toEqual({ "1.2.3": built.outputs["digest"] });
    expect(world.tags("shop", other)).toEqual({ "1.2.3": built.outputs["digest"] });
    const again = await world.build(inputs, nothing);
    expect(again.outputs).toMatchObject({ result: "unchanged", skipped: "true" });
  });

  it("carries on when its tokens are forgotten in the middle", async () => {
    await world.build();
    const { startRegistry } = await import("#ship/simulators");
    const { systemClock } = await import("#ship/kit");
    const other = await startRegistry({
      clock: systemClock,
      access: { kind: "bearer", verify: (user, word) => user === "ship" && word === password },
    });
    world.defer(other.close);
    other.faults.add({ kind: "forgotten-tokens", times: 1, method: "PUT", path: "/blobs/uploads/" });
    const promoted = await world.build({
      "promote-from": `${world.image}:${sha}`,
      images: `${other.host}/shop`,
      tags: "1.2.3",
      "registry-auth": `${world.login()}\n${world.login(other)}`,
    });
    expect(promoted.errors).toEqual([]);
    expect(world.tags("shop", other)).toEqual({ "1.2.3": world.tags()[sha] });
  });

  it("of an image that is not there names it", async () => {
    const step = await world.build({ "promote-from": `${world.image}:nowhere`, tags: "1.2.3" });
    expect(step.errors).toEqual([expect.stringContaining(`has no ${world.image}:nowhere to promote`)]);
    noTagOutputs(step.outputs);
    expect(world.tags()).toEqual({});
  });
});

describe("a registry in trouble", () => {
  it.each(["unavailable", "too-many-requests"] as const)(
    "that answers %s twice gets the push all the same",
    async (kind) => {
      world.registry.faults.add({ kind, times: 2, method: "PUT", path: "/manifests/" });
      const step = await world.build();
      expect(step.errors).toEqual([]);
      expect(step.outputs["result"]).toBe("pushed");
      expect(manifestPuts()).toHaveLength(3);
    },
  );

  it("that refuses is asked once", async () => {
    world.registry.faults.add({ kind: "denied", times: 9, method: "PUT", path: "/manifests/" });
    const step = await world.build();
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toMatch(/PUSH_FAILED.*denied/s);
    expect(manifestPuts()).toEqual([`PUT /v2/shop-api/manifests/${sha} 403`]);
    expect(step.outputs["result"]).toBe("failed");
    noTagOutputs(step.outputs);
    expect(step.outputs["image"]).toBeUndefined();
    expect(world.leftovers()).toEqual([]);
  });

  it("that keeps failing ends the step after `push-retries`", async () => {
    world.registry.faults.add({ kind: "unavailable", times: 9, method: "PUT", path: "/manifests/" });
    const step = await world.build({ "push-retries": "1" });
    expect(step.errors[0]).toMatch(/PUSH_FAILED.*503/s);
    expect(manifestPuts()).toHaveLength(2);
    noTagOutputs(step.outputs);
  });

  it("whose tag another writer moves at the same time fails the step: no tag or image is put out", async () => {
    const record = join(world.workspace, "artifacts");
    world.registry.faults.add({ kind: "moved-tag", times: 1, method: "PUT", path: "/manifests/" });
    const step = await world.build({}, { variables: { GITHUB_ARTIFACTS: record } });
    expect(step.errors[0]).toContain("DIGEST_MISMATCH");
    expect(step.errors[0]).toContain(`${world.image}:${sha}`);
    expect(step.summary).toContain("Image built, but not released");
    noTagOutputs(step.outputs);
    for (const name of ["image", "images", "digest"]) expect(step.outputs[name]).toBeUndefined();
    expect(existsSync(record)).toBe(false);
  });
});

describe("a failing instruction", () => {
  it("is shown with its last lines, not with the whole log", async () => {
    world.write("Dockerfile", "FROM scratch", "RUN echo nothing to see", "RUN ls /missing");
    const step = await world.build();
    expect(step.errors[0]).toContain(
      'BUILD_FAILED: RUN ls /missing (3/3): process "/bin/sh -c ls /missing" did not complete successfully: exit code: 1; it said last: ls: /missing: No such file or directory',
    );
    expect(step.summary).toContain("Image build failed");
    expect(step.summary).toContain("ls: /missing: No such file or directory");
    expect(step.summary).not.toContain("nothing to see");
    expect(world.tags()).toEqual({});
    noTagOutputs(step.outputs);
  });
});

describe("the summary", () => {
  it("names image, digest, size, tags with rules, and which steps came from the cache", async () => {
    await world.build({ load: "true" });
    const step = await world.build(
      { load: "true", push: "true", tags: "type=ref,event=tag" },
      { variables: onTag("v1.0.0") },
    );
    expect(step.outputs["cache-hit"]).toBe("true");
    expect(step.summary).toContain(`| Image | \`${step.outputs["image"]}\` |`);
    expect(step.summary).toContain(`| \`${world.image}:v1.0.0\` | \`type=ref,event=tag\` |`);
    expect(step.summary).toContain("Steps of the build: 1 of 1 steps from the cache (100 %)");
    expect(step.summary).toContain("`COPY app /app`");
    expect(printed(step)).not.toContain(password);
    expect(step.summary).not.toContain(password);
  });
});
