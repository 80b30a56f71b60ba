/** The published tree: what a consumer's job downloads, and nothing else. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ActionFolder } from "./actions.ts";
import { programsIn, rootAction } from "./manifest.ts";

/** What the kit knows the post step by: the runner tells `main` and `post` apart by nothing else. */
const postProgram = "post.js";

/**
 * Adds an action's manifest and README to its bundle in `tree`/<name>, and the program of its post step.
 * Fails when a file is missing, or when `post` is another program.
 */
export function publishAction(action: ActionFolder, tree: string): void {
  const folder = join(tree, action.name);
  cpSync(action.manifest, join(folder, "action.yml"));
  const post = postOf(parse(readFileSync(action.manifest, "utf8")));
  if (post !== undefined && post !== postProgram)
    throw new Error(
      `actions/${action.name}/action.yml names ${post} as its post step; it must be ${postProgram}, by which the kit knows it.`,
    );
  if (post !== undefined) writeFileSync(join(folder, postProgram), 'import "./index.js";\n');
  if (!existsSync(action.readme))
    throw new Error(`actions/${action.name}/README.md is missing: consumers read it in the published tree.`);
  cpSync(action.readme, join(folder, "README.md"));
}

/** Writes everything in the published tree that belongs to no single action. */
export function publishRoot(root: string, actions: readonly ActionFolder[], tree: string): void {
  const preflight = actions.find((action) => action.name === rootAction);
  if (preflight)
    writeFileSync(join(tree, "action.yml"), programsIn(readFileSync(preflight.manifest, "utf8"), rootAction));
  writeFileSync(
    join(tree, "package.json"),
    `${JSON.stringify({ private: true, type: "module" }, undefined, 2)}\n`,
  );
  for (const file of ["README.md", "LICENSE"]) {
    if (!existsSync(join(root, file))) throw new Error(`${file} is missing at the root of the repository.`);
    cpSync(join(root, file), join(tree, file));
  }
  const workflows = join(tree, ".github/workflows");
  for (const file of reusableWorkflows(root)) {
    mkdirSync(workflows, { recursive: true });
    cpSync(join(root, ".github/workflows", file), join(workflows, file));
  }
}

/** File names of the workflows in `root`/.github/workflows that others may call. */
export function reusableWorkflows(root: string): string[] {
  const folder = join(root, ".github/workflows");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file) && isReusable(readFileSync(join(folder, file), "utf8")))
    .sort();
}

/** Whether a workflow's text declares `on: workflow_call`, in any of the three forms of `on`. */
export function isReusable(workflow: string): boolean {
  const document: unknown = parse(workflow);
  if (typeof document !== "object" || document === null || !("on" in document)) return false;
  const on = document.on;
  if (typeof on === "string") return on === "workflow_call";
  if (Array.isArray(on)) return on.includes("workflow_call");
  return typeof on === "object" && on !== null && "workflow_call" in on;
}

function postOf(manifest: unknown): string | undefined {
  const runs = field(manifest, "runs");
  const post = field(runs, "post");
  return typeof post === "string" ? post : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Puts `fresh` in the place of `published`; whatever lay there, stale files included, is gone afterwards. */
export function replaceTree(fresh: string, published: string): void {
  const old = `${published}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(published)) renameSync(published, old);
  renameSync(fresh, published);
  rmSync(old, { recursive: true, force: true });
}
