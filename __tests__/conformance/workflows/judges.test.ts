import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { findActions } from "../../../scripts/bundling/actions.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const workflows = [".github/workflows", "workflows-templates"].flatMap(yamlIn);
const manifests = findActions(root).map((action) => action.manifest);

/** Runs a judge found on PATH; one that is not installed is a failure of the test, not a reason to pass. */
function judge(program: string, ...args: string[]): SpawnSyncReturns<string> {
  const run = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (run.error)
    throw new Error(`${program} cannot be started: ${run.error.message}. .ci/run shows how to install it.`);
  return run;
}

// actionlint does not know `$/`, a reference to the same repository and commit, which GitHub resolves since July 2026.
const actionlint = (...files: string[]) =>
  judge("actionlint", "-ignore", 'specifying action "\\$/[^"]+" in invalid format', ...files);
const zizmor = (...files: string[]) =>
  judge("zizmor", "--offline", "--no-progress", "--config", ".github/zizmor.yml", ...files);

describe("actionlint", () => {
  it("finds nothing in the workflows and templates", () => {
    const { stdout, stderr, status } = actionlint(...workflows);
    expect({ findings: stdout + stderr, status }).toEqual({ findings: "", status: 0 });
  });

  it("does find what is wrong", () => {
    withWorkflow(
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: 'echo ${{ nothing.here }}' }]\n",
      (file) => {
        expect(actionlint(file).stdout).toContain("nothing");
      },
    );
  });
});

describe("zizmor", () => {
  it("finds nothing in the workflows, templates and manifests", () => {
    const { stdout, status } = zizmor(...workflows, ...manifests);
    expect({ stdout, status }).toEqual({
      stdout: expect.stringContaining("No findings to report"),
      status: 0,
    });
  });

  it("does find what is wrong", () => {
    const unsafe =
      "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: 'echo ${{ github.event.issue.title }}' }]\n";
    withWorkflow(unsafe, (file) => {
      expect(zizmor(file).stdout).toContain("template-injection");
    });
  });
});

function yamlIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => `${folder}/${file}`);
}

function withWorkflow(source: string, check: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "ship-judges-"));
  try {
    const file = join(folder, "workflow.yml");
    writeFileSync(file, source);
    check(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
