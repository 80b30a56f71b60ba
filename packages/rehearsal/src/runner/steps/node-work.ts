import { existsSync } from "node:fs";
import { join } from "node:path";
import type { NodeRuns } from "../files/action-file.ts";
import type { Template } from "../language/templates.ts";
import type { ValueMapping } from "../language/value.ts";
import type { ResolvedAction } from "../loading/actions.ts";
import { actionInputs, inputVariables, warnAboutInputs } from "./action-inputs.ts";
import type { WorkContext, WorkEnd } from "./attempt.ts";
import { execute } from "./execute.ts";

/** One use of a Node.js action by one step, which its pre, main and post share. */
export interface NodeUse {
  readonly found: Extract<ResolvedAction, { kind: "file" }>;
  readonly runs: NodeRuns;
  readonly with: Template | undefined;
  /** What GITHUB_ACTION says. */
  readonly actionName: string;
  /** What it saved to $GITHUB_STATE. */
  readonly state: Map<string, string>;
}

/** Runs one of the action's entry files as the runner spawns it. */
export async function runNode(
  use: NodeUse,
  phase: "pre" | "main" | "post",
  context: WorkContext,
): Promise<WorkEnd> {
  const { frame, recorder, scope } = context;
  const { job } = frame;
  const { action } = use.found;
  const entry = join(action.directory, use.runs[phase] ?? "");
  if (!existsSync(entry)) throw new Error(`File not found: '${entry}'`);
  if (phase === "main") warnAboutInputs(action, use.with, scope, recorder);
  const state = [...use.state].map(([name, value]) => [`STATE_${name}`, value] as const);
  const end = await execute(context, {
    program: job.run.node,
    parameters: [entry],
    directory: job.folders.workspace,
    github: { action: use.actionName, ...actionSource(use.found) },
    special: {
      ...inputVariables(actionInputs(action, use.with, scope)),
      ...Object.fromEntries(state),
    },
  });
  for (const [name, value] of end.state) use.state.set(name, value);
  return end;
}

/** Where an action came from, for the `github` context; empty for actions of the workspace. */
export function actionSource(found: NodeUse["found"]): ValueMapping {
  if (found.local) return { action_repository: "", action_ref: "" };
  return {
    action_repository: found.origin.repository,
    action_ref: found.origin.ref.replace(/^refs\/(heads|tags)\//, ""),
  };
}
