import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readManifest } from "../../../scripts/docs/manifest.ts";
import { makeDocuments } from "../../../scripts/docs/pages.ts";

const greet = `
name: Greet
# permissions:
#   id-token: write # to assume the role
#   contents: read
description: Greets people.
inputs:
  who:
    description: |
      Whom to greet,
      by name | title.
    required: true
  greeting:
    description: What to say.
    default: Hello
  name: { description: Alias of \`who\`. }
outputs:
  said: { description: What was said. }
runs:
  using: node24
  main: index.js
  post: index.js
`;
const page = ["inputs", "outputs", "permissions"]
  .map((name) => `<!-- ${name} -->\n<!-- /${name} -->`)
  .join("\n");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ship-docs-"));
  write("actions/preflight/action.yml", greet);
  write("actions/preflight/README.md", page);
  write("README.md", "# Ours\n<!-- actions -->\nold\n<!-- /actions -->\nThe end.\n");
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function made(file: string): string {
  return makeDocuments(root).pages.find((one) => one.file === file)?.expected ?? "";
}

describe("an action's page", () => {
  it("lists inputs with their defaults and other spellings, outputs, and permissions with their purpose", () => {
    expect(made("actions/preflight/README.md")).toBe(
      [
        "<!-- inputs -->",
        "| Input | Required | Default | Description | Also accepted as |",
        "| --- | --- | --- | --- | --- |",
        "| `who` | yes |  | Whom to greet, by name \\| title. | `name` |",
        "| `greeting` | no | `Hello` | What to say. |  |",
        "<!-- /inputs -->",
        "<!-- outputs -->",
        "| Output | Description |",
        "| --- | --- |",
        "| `said` | What was said. |",
        "<!-- /outputs -->",
        "<!-- permissions -->",
        "| Permission | Access | For |",
        "| --- | --- | --- |",
        "| `id-token` | `write` | to assume the role |",
        "| `contents` | `read` |  |",
        "<!-- /permissions -->",
      ].join("\n"),
    );
  });

  it("is up to date once it is written", () => {
    for (const { file, expected } of makeDocuments(root).pages) write(file, expected);
    const { pages, problems } = makeDocuments(root);
    expect(problems).toEqual([]);
    expect(pages.filter((one) => one.current !== one.expected)).toEqual([]);
  });

  it("is refused when it documents an input that is not declared", () => {
    write(
      "actions/preflight/README.md",
      page.replace("<!-- /inputs -->", "| `whom` | no |  | Gone. |\n<!-- /inputs -->"),
    );
    expect(makeDocuments(root).problems).toEqual([expect.stringContaining('documents the input "whom"')]);
  });

  it("is refused when its markers are missing, doubled or crossed", () => {
    for (const broken of [
      "",
      `${page}\n${page}`,
      page.replace("<!-- inputs -->", "").concat("<!-- inputs -->"),
    ]) {
      write("actions/preflight/README.md", broken);
      expect(makeDocuments(root).problems).toEqual([
        expect.stringContaining("actions/preflight/README.md: expected <!-- inputs -->"),
      ]);
    }
  });
});

describe("an action without a contract", () => {
  it("is a problem like any other", () => {
    mkdirSync(join(root, "actions/nothing"));
    expect(makeDocuments(root).problems).toEqual([
      expect.stringContaining("actions/nothing has no action.yml"),
    ]);
  });
});

describe("the front page", () => {
  it("lists the actions and keeps everything around the list", () => {
    expect(made("README.md")).toBe(
      "# Ours\n<!-- actions -->\n| Action | What it does |\n| --- | --- |\n| [`preflight`](actions/preflight/README.md) | Greets people. |\n<!-- /actions -->\nThe end.\n",
    );
  });
});

describe("the root action", () => {
  it("is preflight with its programs in dist", () => {
    expect(made("action.yml")).toContain(
      "  main: dist/preflight/index.js\n  post: dist/preflight/index.js\n",
    );
    expect(made("action.yml").replaceAll("dist/preflight/", "")).toContain(greet);
  });
});

describe("the page of error codes", () => {
  it("explains each code of the catalogue", () => {
    expect(made("docs/errors.md")).toMatch(
      /## ACCESS_DENIED\n\n\*\*.+\*\* \(denied\)\n\n.+\n\nWhat to do: .+\n/,
    );
  });
});

describe("a manifest is refused", () => {
  it.each([
    [
      "an input has no description",
      greet.replace("    description: What to say.\n", ""),
      "a.yml: inputs.greeting.description: ",
    ],
    [
      "an output's description is empty",
      greet.replace("What was said.", "' '"),
      "a.yml: outputs.said.description: must not be empty",
    ],
    [
      "the action has no description",
      greet.replace("description: Greets people.", ""),
      "a.yml: description: ",
    ],
    [
      "an alias means nothing",
      greet.replace("Alias of `who`", "Alias of `whom`"),
      'inputs.name: it is an alias of "whom"',
    ],
    [
      "permissions are not stated",
      greet.replace("# permissions:", "#"),
      'the comment block "# permissions:" is missing',
    ],
    [
      "a permission is none of GitHub's",
      greet.replace("id-token: write", "id-token: yes"),
      "found id-token: yes",
    ],
    ["it is not YAML", "name: [", "a.yml: "],
  ])("when %s", (_case, source, complaint) => {
    expect(() => readManifest(source, "a.yml")).toThrow(complaint);
  });

  it("with all its problems at once", () => {
    const source = greet
      .replace("    description: What to say.\n", "")
      .replace("description: Greets people.", "");
    expect(() => readManifest(source, "a.yml")).toThrow(
      /a\.yml: description: [\s\S]*a\.yml: inputs\.greeting\.description: /,
    );
  });

  it("unless it says that it needs no permissions", () => {
    const source = greet.replace(/# permissions:\n.*\n.*\n/, "# permissions: {}\n");
    expect(readManifest(source, "a.yml").permissions).toEqual([]);
  });
});
