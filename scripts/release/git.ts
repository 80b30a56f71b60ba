/** git, in one repository. */
import { execFileSync } from "node:child_process";

/** Runs git with an argument vector; answers its output without the last line break. Fails with git's own words. */
export type Git = (args: readonly string[], environment?: Readonly<Record<string, string>>) => string;

/** git in `folder`. */
export function gitIn(folder: string): Git {
  return (args, environment = {}) =>
    execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    }).replace(/\n$/, "");
}

/** The object that `name` points to in the repository at `remote`; `undefined` when there is no such ref. */
export function remoteRef(git: Git, remote: string, name: string): string | undefined {
  const [line = ""] = git(["ls-remote", remote, name]).split("\n");
  return line.split("\t")[0] || undefined;
}
