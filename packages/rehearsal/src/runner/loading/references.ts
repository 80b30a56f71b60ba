import { createHash } from "node:crypto";
import { join, normalize } from "node:path";

/** A repository at a commit: where a file came from. */
export interface Origin {
  /** `owner/name`. */
  readonly repository: string;
  readonly ref: string;
  readonly sha: string;
  readonly directory: string;
  /** How messages call a file of it: empty for the run's own repository, `owner/name@ref/` for others. */
  readonly label: string;
}

/** What a `uses` names. */
export type Reference =
  /** `./path`: of an action, in the workspace; of a workflow, in the same commit. */
  | { readonly kind: "local"; readonly path: string }
  /** `$/path`: in the repository and commit of the file that says it (runner 2.336). */
  | { readonly kind: "same"; readonly path: string }
  | { readonly kind: "remote"; readonly repository: string; readonly path: string; readonly ref: string };

/** Parses a `uses`. Throws an error that says what is accepted. */
export function parseReference(uses: string): Reference {
  const accepted = "Accepted: ./path, $/path, owner/name@ref, owner/name/path@ref";
  if (uses.startsWith("./")) return { kind: "local", path: contained(uses.slice(2), uses) };
  if (uses.startsWith("$/")) {
    if (uses.includes("@"))
      throw new Error(`'${uses}': $/ takes the commit of its own file, so @ref is not allowed`);
    if (uses === "$/") throw new Error(`'${uses}': a path must follow $/`);
    return { kind: "same", path: contained(uses.slice(2), uses) };
  }
  const match = /^([\w.-]+\/[\w.-]+)(?:\/([^@]*))?@(.+)$/.exec(uses);
  if (!match) throw new Error(`'${uses}' is no reference. ${accepted}`);
  const [, repository = "", path = "", ref = ""] = match;
  return { kind: "remote", repository, path: contained(path, uses), ref };
}

function contained(path: string, uses: string): string {
  if (normalize(path).split("/").includes("..")) throw new Error(`'${uses}' leaves its repository`);
  return path;
}

/**
 * The repository a remote reference lives in. `repositories` holds folders by `owner/name@ref`.
 * Throws an error naming the known ones when it is not among them.
 */
export function remoteOrigin(
  repositories: Readonly<Record<string, string>>,
  repository: string,
  ref: string,
): Origin {
  const name = `${repository}@${ref}`;
  const directory = repositories[name];
  if (directory === undefined) {
    const known = Object.keys(repositories).join(", ") || "none";
    throw new Error(`no folder is known for '${name}'. Known repositories: ${known}`);
  }
  return {
    repository,
    ref: ref.startsWith("refs/") ? ref : `refs/tags/${ref}`,
    sha: commitOf(name, ref),
    directory,
    label: `${name}/`,
  };
}

/** The ref itself when it is a commit, else a stand-in that is the same for the same name. */
export function commitOf(name: string, ref: string): string {
  return /^[0-9a-f]{40}$/.test(ref) ? ref : createHash("sha1").update(name).digest("hex");
}

/** Path of a file of an origin. */
export function within(origin: Origin, path: string): string {
  return join(origin.directory, path);
}
