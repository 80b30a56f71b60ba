import { createHash } from "node:crypto";
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { matchesFilters } from "../language/filter-pattern.ts";
import type { BuiltInAction } from "./built-in-action.ts";

/** actions/upload-artifact: keeps files of the workspace in the run's artifact folder. */
export const uploadArtifact: BuiltInAction = async ({ inputs, workspace, artifacts, log }) => {
  const name = inputs["name"] || "artifact";
  if (/["*:<>|?\r\n\\/]/.test(name)) throw new Error(`The artifact name is not valid: '${name}'`);
  const files = findFiles(inputs["path"] ?? "", workspace);
  if (files.length === 0) {
    const message = `No files were found with the provided path: ${inputs["path"] ?? ""}. No artifacts will be uploaded.`;
    if (inputs["if-no-files-found"] === "error") throw new Error(message);
    if (inputs["if-no-files-found"] !== "ignore") log(`##[warning]${message}`);
    return {};
  }
  const target = join(artifacts, name);
  if (existsSync(target)) {
    if (inputs["overwrite"] !== "true") {
      throw new Error(
        `Failed to CreateArtifact: an artifact with the name '${name}' already exists on the workflow run`,
      );
    }
    await rm(target, { recursive: true });
  }
  const root = commonFolder(files);
  for (const file of files) {
    const path = join(target, relative(root, file));
    await mkdir(dirname(path), { recursive: true });
    await cp(file, path);
  }
  log(`Artifact ${name} has been successfully uploaded: ${files.length} file(s)`);
  const digest = createHash("sha256");
  for (const file of files) digest.update(readFileSync(file));
  return {
    "artifact-id": String(readdirSync(artifacts).length),
    "artifact-digest": digest.digest("hex"),
    "artifact-url": "",
  };
};

/** actions/download-artifact: one artifact by name into the path, or several each into a folder of its name. */
export const downloadArtifact: BuiltInAction = async ({ inputs, workspace, artifacts, log }) => {
  const target = resolve(workspace, inputs["path"] ?? "");
  const all = existsSync(artifacts) ? readdirSync(artifacts).sort() : [];
  const name = inputs["name"];
  if (name) {
    if (!all.includes(name))
      throw new Error(`Unable to download artifact(s): Artifact not found for name: ${name}`);
    await cp(join(artifacts, name), target, { recursive: true });
    log(`Downloaded artifact ${name}`);
    return { "download-path": target };
  }
  const pattern = inputs["pattern"] || "*";
  for (const found of all.filter((candidate) => matchesFilters(candidate, [pattern]))) {
    const folder = inputs["merge-multiple"] === "true" ? target : join(target, found);
    await cp(join(artifacts, found), folder, { recursive: true });
    log(`Downloaded artifact ${found}`);
  }
  return { "download-path": target };
};

function findFiles(patterns: string, workspace: string): readonly string[] {
  const found = new Set<string>();
  for (const line of patterns.split(/\r?\n/).map((text) => text.trim())) {
    if (line === "") continue;
    const negated = line.startsWith("!");
    for (const path of globSync(negated ? line.slice(1) : line, { cwd: workspace })) {
      for (const file of filesBelow(isAbsolute(path) ? path : join(workspace, path))) {
        if (negated) found.delete(file);
        else found.add(file);
      }
    }
  }
  return [...found].sort();
}

function filesBelow(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function commonFolder(files: readonly string[]): string {
  const [first = "", ...rest] = files.map((file) => dirname(file).split(sep));
  let common = [...first];
  for (const parts of rest) {
    const different = common.findIndex((part, index) => part !== parts[index]);
    if (different >= 0) common = common.slice(0, different);
  }
  return common.join(sep) || sep;
}
