import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { findActions } from "../../scripts/bundling/actions.ts";
import { reusableWorkflows } from "../../scripts/bundling/publish.ts";
import { checkWorkflow } from "../../scripts/workflows/check.ts";
import { readContracts } from "../../scripts/workflows/contracts.ts";
import { findWorkflowTexts } from "../../scripts/workflows/documents.ts";
import { checkTemplates } from "../../scripts/workflows/templates.ts";
import { findings } from "./language-service.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const texts = findWorkflowTexts(root);
const named = texts.map((text) => [`${text.file}:${text.firstLine}`, text] as const);

describe("every workflow of this repository", () => {
  it("is found", () => {
    expect(texts.map((text) => text.file)).toEqual(
      expect.arrayContaining([".github/workflows/ci.yml", ".github/workflows/release.yml"]),
    );
  });

  it.each(named)("keeps the house rules: %s", (_name, text) => {
    expect(checkWorkflow(text, readContracts(root))).toEqual([]);
  });

  it.each(named.filter(([, text]) => text.extent === "whole"))(
    "satisfies GitHub's language service: %s",
    async (_name, text) => {
      expect(await findings(root, text)).toEqual([]);
    },
  );
});

describe("every action's manifest", () => {
  const manifests = findActions(root).map((action) => `actions/${action.name}/action.yml`);

  it.each(["action.yml", ...manifests].filter((file) => existsSync(join(root, file))))(
    "satisfies GitHub's language service: %s",
    async (file) => {
      const source = readFileSync(join(root, file), "utf8");
      expect(await findings(root, { file, firstLine: 1, kind: "own", extent: "whole", source })).toEqual([]);
    },
  );
});

describe("the templates people copy", () => {
  it("have properties that GitHub can show", () => {
    expect(checkTemplates(folder("workflows-templates"))).toEqual([]);
  });
});

describe("the published reusable workflows", () => {
  const published = folder("dist/.github/workflows");

  it("are those of the sources", () => {
    expect([...published.keys()].sort()).toEqual(reusableWorkflows(root));
  });

  it.each(reusableWorkflows(root))("are the same byte for byte: %s", (file) => {
    expect(published.get(file) === folder(".github/workflows").get(file)).toBe(true);
  });
});

function folder(path: string): Map<string, string> {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return new Map();
  return new Map(readdirSync(absolute).map((file) => [file, readFileSync(join(absolute, file), "utf8")]));
}
