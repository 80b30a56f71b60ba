import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { findings } from "./language-service.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const judge = (source: string, file = ".github/workflows/w.yml") =>
  findings(root, { file, firstLine: 1, kind: "own", extent: "whole", source });

describe("GitHub's language service", () => {
  it("accepts a sound workflow", async () => {
    const workflow =
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.sha }}\n";
    expect(await judge(workflow)).toEqual([]);
  });

  it("finds an expression that names nothing", async () => {
    const workflow =
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ githb.sha }}\n";
    expect(await judge(workflow)).toEqual([expect.stringMatching(/^\.github\/workflows\/w\.yml:6: .*githb/)]);
  });

  it("finds a job that needs one that is not there", async () => {
    const workflow =
      "on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-latest\n    steps: [{ run: ls }]\n";
    expect(await judge(workflow)).toContainEqual(expect.stringMatching(/w\.yml:4: .*'b'/));
  });

  it("finds an action of ours that is not there", async () => {
    const workflow =
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ uses: org/ship/deploy-esc@v1 }]\n";
    expect(await judge(workflow)).toEqual([expect.stringContaining("org/ship/deploy-esc@v1")]);
  });

  it("finds a manifest without a program", async () => {
    const manifest = "name: A\ndescription: B\nruns:\n  using: node24\n";
    expect(await judge(manifest, "actions/a/action.yml")).toEqual([
      expect.stringContaining("'main' is required"),
    ]);
  });
});
