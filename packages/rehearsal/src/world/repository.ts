import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { hasProgram, runProgram } from "../image/run-program.ts";
import { places } from "./places.ts";

/** The sample's repository as a team would have it. */
export interface SampleRepository {
  readonly directory: string;
  /** 40 hex digits, which the new release has as its version. */
  readonly commit: string;
  /** Path of the copied template in it. */
  readonly workflow: string;
}

/** Without git there is no real commit; the rehearsal needs nothing of one but its name. */
const standInCommit = "5e9f0d1c2b3a49586776a5b4c3d2e1f00f1e2d3c";

/**
 * Makes a repository of the sample app with the template copied into it. As GitHub does for whoever picks a template,
 * `$default-branch` becomes the branch's name, and nothing else changes.
 */
export async function createSampleRepository(directory: string): Promise<SampleRepository> {
  await cp(places.sample, directory, {
    recursive: true,
    filter: (path) => basename(path) !== "node_modules",
  });
  const workflow = ".github/workflows/server-ecs.yml";
  await mkdir(join(directory, ".github/workflows"), { recursive: true });
  const template = await readFile(places.template, "utf8");
  await writeFile(join(directory, workflow), template.replaceAll("$default-branch", "main"));
  return { directory, workflow, commit: await commitAll(directory) };
}

async function commitAll(directory: string): Promise<string> {
  if (!(await hasProgram("git"))) return standInCommit;
  const settings = [
    "user.name=Rehearsal",
    "user.email=rehearsal@example.com",
    "init.defaultBranch=main",
    "commit.gpgSign=false",
    "core.hooksPath=/dev/null",
  ].flatMap((setting) => ["-c", setting]);
  // Variables such as GIT_DIR, which hooks set, would lead git to another repository.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  const git = (...args: readonly string[]) =>
    runProgram("git", ["-C", directory, ...settings, ...args], Object.fromEntries(own));
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "feat: keep a note with each order");
  return (await git("rev-parse", "HEAD")).trim();
}
