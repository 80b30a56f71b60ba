import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "@jest/globals";
import {
  type JobResult,
  runWorkflow,
  type StepResult,
  type WorkflowOptions,
  type WorkflowResult,
} from "#ship/rehearsal";

/** Files by path. */
export type Tree = Readonly<Record<string, string>>;

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own with these files, removed after the tests. */
export function folder(files: Tree = {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "runner-")));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Options that run `.github/workflows/main.yml` of a repository with these files on a push to main. */
export function options(files: Tree, more: Partial<WorkflowOptions> = {}): WorkflowOptions {
  return {
    workflow: ".github/workflows/main.yml",
    repository: { name: "octo/shop", directory: folder(files) },
    workspace: folder(),
    event: { name: "push" },
    ...more,
  };
}

/** Runs a workflow text, with other files of the repository beside it. */
export function run(
  workflow: string,
  more: Partial<WorkflowOptions> = {},
  files: Tree = {},
): Promise<WorkflowResult> {
  return runWorkflow(options({ ".github/workflows/main.yml": workflow, ...files }, more));
}

/** A job of the result; fails the test when there is none. */
export function job(result: WorkflowResult, key: string): JobResult {
  const found = result.jobs[key];
  if (!found) throw new Error(`no job '${key}' among ${Object.keys(result.jobs).join(", ")}`);
  return found;
}

/** A step of a job by name or id; fails the test when there is none. */
export function step(result: WorkflowResult, key: string, name: string): StepResult {
  const { steps } = job(result, key);
  const found = steps.find((candidate) => candidate.id === name || candidate.name === name);
  if (!found) throw new Error(`no step '${name}' among ${steps.map((each) => each.name).join(", ")}`);
  return found;
}

/** Everything a job printed. */
export function printed(result: WorkflowResult, key: string): string {
  return job(result, key)
    .steps.flatMap(({ log }) => log)
    .join("\n");
}
