import { join } from "node:path";
import type { BuiltInAction } from "../built-in/built-in-action.ts";
import { type ActionFile, findActionFile, readActionFile } from "../files/action-file.ts";
import { type Origin, parseReference, remoteOrigin, within } from "./references.ts";

/** An action as a step uses it. */
export type ResolvedAction =
  | { readonly kind: "built-in"; readonly name: string; readonly run: BuiltInAction }
  | {
      readonly kind: "file";
      readonly name: string;
      readonly action: ActionFile;
      /** Repository of the action, for `$/` inside of it. */
      readonly origin: Origin;
      /** Of the workspace: its `pre` does not run, and GITHUB_ACTION_REPOSITORY is empty. */
      readonly local: boolean;
    };

/** Finds actions and reads each once. */
export interface ActionStore {
  /**
   * The action that `uses` names in a file of `origin`; `./` is looked up in `workspace`.
   * Throws WorkflowError when its metadata is wrong, Error when it is not there.
   */
  resolve(uses: string, origin: Origin, workspace: string): ResolvedAction;
}

/** Creates a store over known repositories and built-in replacements. */
export function createActionStore(
  repositories: Readonly<Record<string, string>>,
  builtIn: Readonly<Record<string, BuiltInAction>>,
): ActionStore {
  const read = new Map<string, ActionFile>();
  const load = (directory: string, label: string, uses: string): ActionFile => {
    const known = read.get(directory);
    if (known) return known;
    const path = findActionFile(directory);
    if (path === undefined) throw new Error(missing(uses, directory));
    const action = readActionFile(directory, path, `${label}${path.slice(directory.length + 1)}`);
    read.set(directory, action);
    return action;
  };
  return {
    resolve(uses, origin, workspace) {
      const reference = parseReference(uses);
      if (reference.kind === "local") {
        const directory = join(workspace, reference.path);
        // A job may rewrite its workspace, so a local action is read afresh.
        read.delete(directory);
        const action = load(directory, `${reference.path}/`, uses);
        return {
          kind: "file",
          name: "self",
          action,
          origin: { ...origin, directory: workspace },
          local: true,
        };
      }
      if (reference.kind === "same") {
        const action = load(within(origin, reference.path), `${origin.label}${reference.path}/`, uses);
        return {
          kind: "file",
          name: actionName(origin.repository, reference.path),
          action,
          origin,
          local: false,
        };
      }
      const { repository, path, ref } = reference;
      const name = path === "" ? repository : `${repository}/${path}`;
      const replacement = builtIn[name];
      if (replacement) return { kind: "built-in", name: actionName(repository, path), run: replacement };
      const remote = remoteOrigin(repositories, repository, ref);
      const label = path === "" ? remote.label : `${remote.label}${path}/`;
      const action = load(within(remote, path), label, uses);
      return { kind: "file", name: actionName(repository, path), action, origin: remote, local: false };
    },
  };
}

function actionName(repository: string, path: string): string {
  return [repository, path]
    .filter((part) => part !== "")
    .join("_")
    .replace(/[^a-zA-Z0-9-]+/g, "_");
}

function missing(uses: string, directory: string): string {
  const hint = uses.startsWith("./")
    ? " Did you forget to run actions/checkout before running your local action?"
    : "";
  return `Can't find 'action.yml' or 'action.yaml' for '${uses}' under '${directory}'.${hint}`;
}
