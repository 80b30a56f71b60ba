import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { findActions } from "../../../scripts/bundling/actions.ts";
import { measureBundle, overBudget, readBudget } from "../../../scripts/bundling/budget.ts";
import { programsIn } from "../../../scripts/bundling/manifest.ts";
import { inParallel } from "../../../scripts/bundling/program.ts";
import { isReusable, publishAction, publishRoot, replaceTree } from "../../../scripts/bundling/publish.ts";

const manifest = "name: A\nruns:\n  using: node24\n  main: index.js\n  post: 'post.js' # tidies up\n";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ship-build-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the published tree", () => {
  beforeEach(() => {
    write("actions/preflight/action.yml", manifest);
    write("actions/preflight/README.md", "# Preflight");
    write("README.md", "# Ours");
    write("LICENSE", "MIT");
    write(".github/workflows/server.yml", "on:\n  workflow_call: # callable\njobs: {}\n");
    write(".github/workflows/ci.yml", "on: push\njobs: {}\n");
    write("tree/preflight/index.js", "");
  });

  it("holds each action's contract and page beside its program", () => {
    for (const action of findActions(root)) publishAction(action, join(root, "tree"));
    expect([read("tree/preflight/action.yml"), read("tree/preflight/README.md")]).toEqual([
      manifest,
      "# Preflight",
    ]);
  });

  it("has a root action that runs preflight's program", () => {
    publishRoot(root, findActions(root), join(root, "tree"));
    expect(read("tree/action.yml")).toBe(manifest.replaceAll(/(?=(?:index|post)\.js)/g, "preflight/"));
  });

  it("holds the workflows that others may call, byte for byte, and no others", () => {
    publishRoot(root, findActions(root), join(root, "tree"));
    expect(read("tree/.github/workflows/server.yml")).toBe(read(".github/workflows/server.yml"));
    expect(existsSync(join(root, "tree/.github/workflows/ci.yml"))).toBe(false);
  });

  it("has a program of its own for a post step, and refuses one that could be taken for the main step", () => {
    for (const action of findActions(root)) publishAction(action, join(root, "tree"));
    expect(read("tree/preflight/post.js")).toBe('import "./index.js";\n');
    write("actions/preflight/action.yml", manifest.replace("post.js", "index.js"));
    const publish = () => findActions(root).map((action) => publishAction(action, join(root, "tree")));
    expect(publish).toThrow("it must be post.js");
  });

  it("is not made without a licence", () => {
    rmSync(join(root, "LICENSE"));
    expect(() => publishRoot(root, [], join(root, "tree"))).toThrow("LICENSE is missing");
  });

  it("replaces the one before it, stale files and all", () => {
    write("dist/gone.js", "");
    replaceTree(join(root, "tree"), join(root, "dist"));
    expect(existsSync(join(root, "dist/gone.js"))).toBe(false);
    expect(existsSync(join(root, "dist/preflight/index.js"))).toBe(true);
  });

  it("is not made from a folder without a contract", () => {
    mkdirSync(join(root, "actions/nothing"));
    expect(() => findActions(root)).toThrow("actions/nothing has no action.yml");
  });
});

describe("a manifest moved away from its program", () => {
  it("is refused when it names no program", () => {
    expect(() => programsIn("name: A\nruns: { using: composite }\n", "preflight")).toThrow(
      "names no program",
    );
  });
});

describe("a workflow", () => {
  it.each(["on: workflow_call", "on: [push, workflow_call]", "on:\n  workflow_call:\n"])(
    "is for others to call: %j",
    (source) => {
      expect(isReusable(source)).toBe(true);
    },
  );

  it.each(["on: push # workflow_call", "on: [push]", "jobs: {}", ""])("is our own: %j", (source) => {
    expect(isReusable(source)).toBe(false);
  });
});

describe("the size budget", () => {
  it("counts all JavaScript of an action, lazy chunks too, and nothing else", () => {
    write("a/index.js", "abc");
    write("a/78.index.js", "defg");
    write("a/LICENSES.txt", "long");
    expect(measureBundle(join(root, "a"))).toEqual({
      raw: 7,
      gzip: gzipSync("abc", { level: 9 }).length + gzipSync("defg", { level: 9 }).length,
    });
  });

  it("lets a bundle be as large as its budget, and not a byte larger", () => {
    const budget = { a: { raw: 100, gzip: 50 } };
    expect(overBudget(new Map([["a", { raw: 100, gzip: 50 }]]), budget)).toEqual([]);
    expect(overBudget(new Map([["a", { raw: 101, gzip: 60 }]]), budget)).toEqual([
      expect.stringContaining("a is 101 bytes raw, 1 over its budget of 100."),
      expect.stringContaining("a is 60 bytes gzip, 10 over its budget of 50."),
    ]);
  });

  it("is demanded of every action", () => {
    expect(overBudget(new Map([["b", { raw: 1, gzip: 1 }]]), {})).toEqual([
      expect.stringContaining("b has no budget"),
    ]);
  });

  it("is refused with the file and field when it is malformed", () => {
    write("budget.json", '{"a":{"raw":-1,"gzip":2}}');
    expect(() => readBudget(join(root, "budget.json"))).toThrow(/budget\.json: [\s\S]*a\.raw/);
  });
});

describe("parallel work", () => {
  it("keeps the order of results and never runs wider than asked", async () => {
    let running = 0;
    let widest = 0;
    const results = await inParallel([30, 1, 20, 1], 2, async (turns) => {
      running += 1;
      widest = Math.max(widest, running);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      running -= 1;
      return turns * 2;
    });
    expect({ results, widest }).toEqual({ results: [60, 2, 40, 2], widest: 2 });
  });
});
