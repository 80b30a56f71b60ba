import { cp, mkdir } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import type { BuiltInAction } from "./built-in-action.ts";

const known = [
  ...[
    "repository",
    "ref",
    "path",
    "token",
    "fetch-depth",
    "fetch-tags",
    "persist-credentials",
    "clean",
    "show-progress",
  ],
  ...["lfs", "submodules", "sparse-checkout", "sparse-checkout-cone-mode", "filter", "set-safe-directory"],
];
/** Installed and generated folders: never part of a commit. */
const outside = ["node_modules", ".rehearsal"];

/** actions/checkout: copies the tree of a repository into the workspace. */
export const checkout: BuiltInAction = async (call) => {
  for (const name of Object.keys(call.inputs)) {
    if (!known.includes(name)) throw new Error(`actions/checkout: the input '${name}' is not known`);
  }
  const repository = call.inputs["repository"] || call.repository;
  const ref = call.inputs["ref"] || undefined;
  const source = call.tree(repository, ref);
  if (source === undefined) {
    const name = ref === undefined ? repository : `${repository}@${ref}`;
    throw new Error(`actions/checkout: no folder is known for the repository '${name}'`);
  }
  const target = resolve(call.workspace, call.inputs["path"] ?? "");
  if (relative(call.workspace, target).startsWith("..")) {
    throw new Error(`actions/checkout: the path '${call.inputs["path"]}' is outside of the workspace`);
  }
  await mkdir(target, { recursive: true });
  await cp(source, target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === source || !outside.includes(basename(path)),
  });
  call.log(
    `Checked out ${repository}${ref === undefined ? "" : ` at ${ref}`} to ${join(".", call.inputs["path"] ?? "")}`,
  );
  return { ref: ref ?? "" };
};
