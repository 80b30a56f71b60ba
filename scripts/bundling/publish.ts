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

/** Adds an action's manifest and README to its bundle in `tree`/<name>. Fails when one is missing. */
export function publishAction(action: ActionFolder, tree: string): void {
  const folder = join(tree, action.name);
  cpSync(action.manifest, join(folder, "action.yml"));
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

/** Puts `fresh` in the place of `published`; whatever lay there, stale files included, is gone afterwards. */
export function replaceTree(fresh: string, published: string): void {
  const old = `${published}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(published)) renameSync(published, old);
  renameSync(fresh, published);
  rmSync(old, { recursive: true, force: true });
}
