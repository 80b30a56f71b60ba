import { dirname } from "node:path";
import type { GitTags } from "#ship/images";
import { type Environment, type Exec, messageOf } from "#ship/kit";

/** What the checkout in the workspace can tell without the network. */
export interface LocalGit {
  tags(signal: AbortSignal): Promise<GitTags>;
  commitDate(sha: string, signal: AbortSignal): Promise<Date | undefined>;
}

/** Reads the repository in the workspace with the `git` program. */
export function createLocalGit(
  exec: Exec,
  environment: Pick<Environment, "workspace" | "childVariables">,
): LocalGit {
  const { workspace } = environment;
  const git = async (signal: AbortSignal, ...words: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await exec({
      program: "git",
      // In a container the checkout belongs to another user, which git refuses to read unless told (git-config: safe.directory).
      arguments: ["-c", `safe.directory=${workspace}`, ...words],
      // A repository around the workspace is another one.
      environment: { ...environment.childVariables(), GIT_CEILING_DIRECTORIES: dirname(workspace) },
      directory: workspace,
      signal,
    });
    if (exitCode !== 0) throw new Error(stderr.split("\n")[0] || `git ended with ${exitCode}`);
    return stdout.trim();
  };

  return {
    async tags(signal) {
      try {
        if ((await git(signal, "rev-parse", "--is-shallow-repository")) === "true")
          return { unreadable: "the checkout is shallow and may lack tags (set fetch-depth: 0)" };
        const names = (await git(signal, "tag", "--list")).split("\n").filter((name) => name !== "");
        return names.length > 0
          ? { names }
          : { unreadable: "the checkout holds no tags (set fetch-depth: 0)" };
      } catch (error) {
        signal.throwIfAborted();
        return { unreadable: `the checkout cannot be read (${messageOf(error)})` };
      }
    },
    async commitDate(sha, signal) {
      if (!/^[0-9a-f]+$/i.test(sha)) return undefined;
      try {
        return readDate(await git(signal, "show", "--no-patch", "--format=%cI", sha));
      } catch {
        signal.throwIfAborted();
        return undefined;
      }
    },
  };
}

/** A date of the ISO 8601 family; `undefined` when the text is none. */
export function readDate(text: string | undefined): Date | undefined {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date;
}
