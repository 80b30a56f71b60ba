import type { Evidence } from "../reasons/collect.ts";
import type { TaskOutcome } from "../run-task/outcome.ts";
import type { DefinitionPlan } from "../task-definition/plan.ts";
import type { Change } from "./change.ts";
import type { Situation } from "./situation.ts";

/** What a deployment has learnt and done so far; outputs and summary are made from it, however it ends. */
export interface Journal {
  situation?: Situation;
  plan?: DefinitionPlan;
  change?: Change;
  /** ARN that is deployed, once registered or found. */
  taskDefinition?: string;
  serviceDeployment?: string;
  /** Id of the CodeDeploy deployment. */
  codeDeployment?: string;
  /** When the update was sent, milliseconds since the epoch. */
  begunAt?: number;
  evidence?: Evidence;
  /** What the one-off task has come to, once it was started. */
  task?: TaskOutcome;
  /** True once the previous revision was seen to serve again. */
  restored: boolean;
  /** True when someone else's deployment took over: nothing here is ours to undo. */
  superseded: boolean;
  /** True when nothing runs because nothing is desired. */
  idle: boolean;
}

/** Answers the value, or fails as a bug: the steps that need it run after those that find it. */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not known yet; the steps ran in a wrong order.`);
  return value;
}
