import { describe, expect, it } from "@jest/globals";
import { writeTagsJson } from "#ship/images";
import { head, pullRequest, push, pushed, tag } from "./events.ts";
import { type Circumstances, plan } from "./planning.ts";

const labelsOf = async (given: Circumstances) => (await plan(push("main"), "a", given)).labels;
const annotationsOf = async (annotations: string, annotationLevels?: string) =>
  (await plan(push("main"), "a", { annotations, ...(annotationLevels && { annotationLevels }) })).annotations;

describe("labels", () => {
  it("are the OCI set that the run knows", async () => {
    const { labels } = await plan(tag("v1.2.3"), "type=semver,pattern={{version}}");
    expect(labels).toEqual({
      "org.opencontainers.image.title": "Shop",
      "org.opencontainers.image.description": "Sells things",
      "org.opencontainers.image.url": "https://github.com/Octo/Shop",
      "org.opencontainers.image.source": "https://github.com/Octo/Shop",
      "org.opencontainers.image.version": "1.2.3",
      "org.opencontainers.image.created": "2026-11-27T19:05:09.000Z",
      "org.opencontainers.image.revision": pushed,
      "org.opencontainers.image.licenses": "MIT",
    });
  });

  it("name the head commit of a pull request", async () => {
    const { labels } = await plan(pullRequest(), "a");
    expect(labels["org.opencontainers.image.revision"]).toBe(head);
  });

  it("leave out what is not known", async () => {
    const labels = await labelsOf({ defaultBranch: "unknown" });
    expect(Object.keys(labels)).not.toContain("org.opencontainers.image.licenses");
    expect(Object.keys(labels)).not.toContain("org.opencontainers.image.description");
  });

  it("keep the user's values byte for byte", async () => {
    const labels = await labelsOf({
      labels: [
        "# a comment",
        "",
        "com.example.spaces=  two  words  ",
        "com.example.equals=a=b==c",
        "com.example.quotes=\"a\" 'b' `c` \\n",
        "com.example.hash=a # b",
        "com.example.comma=a,b",
        "com.example.unicode=größe 日本語",
        'com.example.markup=<a href="x">&amp;</a>',
        "com.example.template={{ .Values.image }} {{unknown}} {{branch",
        "com.example.empty=",
      ].join("\n"),
    });
    expect(labels).toMatchObject({
      "com.example.spaces": "  two  words  ",
      "com.example.equals": "a=b==c",
      "com.example.quotes": "\"a\" 'b' `c` \\n",
      "com.example.hash": "a # b",
      "com.example.comma": "a,b",
      "com.example.unicode": "größe 日本語",
      "com.example.markup": '<a href="x">&amp;</a>',
      "com.example.template": "{{ .Values.image }} {{unknown}} {{branch",
      "com.example.empty": "",
    });
  });

  it("let the user's own win, and of those the last", async () => {
    const labels = await labelsOf({
      labels:
        "org.opencontainers.image.title=One\norg.opencontainers.image.title=Two\norg.opencontainers.image.licenses=",
    });
    expect(labels["org.opencontainers.image.title"]).toBe("Two");
    expect(labels["org.opencontainers.image.licenses"]).toBe("");
  });

  it("know the expressions that tags know", async () => {
    const labels = await labelsOf({
      labels: "a={{branch}}@{{sha}}\nb=[{{tag}}]\nc={{date 'YYYY' tz='UTC'}}",
    });
    expect(labels).toMatchObject({ a: "main@860c190", b: "[]", c: "2026" });
  });

  it("that ask for what cannot be known are an error", async () => {
    const asked = labelsOf({ labels: "a={{commit_date 'YYYY'}}", commitDate: "unknown" });
    await expect(asked).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("cannot be read"),
    });
  });

  it("may be quoted as a whole, as CSV has it", async () => {
    expect(await labelsOf({ labels: '"a=b ""c"", d"' })).toMatchObject({ a: 'b "c", d' });
  });

  it("without a key are an error that names the line", async () => {
    await expect(labelsOf({ labels: "a=b\nfoo" })).rejects.toThrow(
      /labels, line 2 \(foo\): a label is written key=value/,
    );
    await expect(labelsOf({ labels: "=b" })).rejects.toThrow(/labels, line 1/);
  });
});

describe("annotations", () => {
  it("are taken in every form that buildx takes", async () => {
    const lines = [
      "a=b = c ",
      "manifest:a=b",
      "index,manifest:a=b:c",
      "manifest[linux/amd64]:a=b",
      "index-descriptor:org.x/y=z",
    ];
    expect(await annotationsOf(`# none\n\n${lines.join("\n")}`)).toEqual(lines);
  });

  it("stand on the levels of the environment where they name none", async () => {
    expect(await annotationsOf("a=b\nindex:c=d", "manifest, index")).toEqual([
      "manifest,index:a=b",
      "index:c=d",
    ]);
    await expect(annotationsOf("a=b", "manifests")).rejects.toThrow(/ANNOTATIONS_LEVELS is "manifests"/);
  });

  it.each([
    ["a", /annotations, line 1 \(a\): an annotation is written/],
    ["a b=c", /a key without blanks/],
    ["manifest:=c", /an annotation is written/],
    ["manifst:a=b", /"manifst" is no level of annotations/],
    ["index[linux/amd64]:a=b", /"index\[linux\/amd64\]" names a platform/],
  ])("%s is an error that names the line", async (line, message) => {
    await expect(annotationsOf(line)).rejects.toThrow(message);
  });
});

describe("the tags as JSON", () => {
  it("name the rule that made each, as it is written", async () => {
    const rules = "type=raw,value=foo,priority=2000 # first\ntype=semver,pattern={{version}}\nghcr.io/o/a:1";
    expect(JSON.parse(writeTagsJson(await plan(tag("v1.2.3"), rules)))).toEqual([
      { tag: "octo/shop:foo", image: "octo/shop", name: "foo", rule: "type=raw,value=foo,priority=2000" },
      { tag: "octo/shop:1.2.3", image: "octo/shop", name: "1.2.3", rule: "type=semver,pattern={{version}}" },
      {
        tag: "octo/shop:latest",
        image: "octo/shop",
        name: "latest",
        rule: "type=semver,pattern={{version}}",
      },
      { tag: "ghcr.io/o/a:1", image: "ghcr.io/o/a", name: "1", rule: "ghcr.io/o/a:1" },
    ]);
  });

  it("say what `latest` was asked by", async () => {
    const given = { flavor: "latest=true" };
    expect(writeTagsJson(await plan(push("main"), "foo", given))).toContain('"rule":"flavor: latest=true"');
    expect(writeTagsJson(await plan(push("main"), "foo\nlatest"))).toContain(
      '"name":"latest","rule":"latest"',
    );
  });

  it("come with images that say no more than their name, tag and rule", async () => {
    const { images } = await plan(push("main"), "foo");
    const repository = { name: "octo/shop", registry: "docker.io", path: "octo/shop" };
    expect(images).toEqual([{ repository, tag: "foo", rule: "foo", standing: "moving" }]);
  });

  it("name the repositories that get a tag, once each", async () => {
    const { repositories } = await plan(push("main"), "a\nb\nghcr.io/o/a:1");
    expect(repositories.map(({ name }) => name)).toEqual(["octo/shop", "ghcr.io/o/a"]);
  });
});
