import type { CompositeRuns } from "../files/action-file.ts";
import type { Template } from "../language/templates.ts";
import { actionInputs } from "./action-inputs.ts";
import type { WorkContext } from "./attempt.ts";
import type { Frame } from "./frame.ts";
import { actionSource, type NodeUse } from "./node-work.ts";
import type { PreparedStep } from "./prepared-step.ts";

/** One use of a composite action by one step. */
export interface CompositeUse {
  readonly found: NodeUse["found"];
  readonly runs: CompositeRuns;
  readonly with: Template | undefined;
  readonly steps: readonly PreparedStep[];
  readonly actionName: string;
}

/** The surroundings of a composite action's steps. Outputs of its steps are seen inside only. */
export function compositeFrame(use: CompositeUse, context: Omit<WorkContext, "recorder">): Frame {
  const { frame } = context;
  return {
    job: frame.job,
    origin: use.found.origin,
    inputs: actionInputs(use.found.action, use.with, context.scope),
    env: context.env,
    github: { ...actionSource(use.found), action: use.actionName, action_path: use.found.action.directory },
    steps: new Map(),
    status: { current: "success" },
    cancel: context.cancel,
    depth: frame.depth + 1,
  };
}
