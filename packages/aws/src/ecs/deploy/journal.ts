import type { MarkedService } from "../deployment/marks.ts";
import type { Evidence } from "../reasons/collect.ts";
import type { TaskOutcome } from "../run-task/outcome.ts";
import type { Difference } from "../task-definition/diff.ts";
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
  /** Path of the file that the definition was written to for later steps. */
  rendered?: string;
  serviceDeployment?: string;
  /** Id of the CodeDeploy deployment. */
  codeDeployment?: string;
  /** What changes of the service itself. */
  serviceDifferences?: readonly Difference[];
  /** When the work on the service began, milliseconds since the epoch. */
  begunAt?: number;
  /** The service that carries this run's mark, or may do so. */
  marked?: MarkedService;
  /** The lifecycle stage that was reached, where the wait ended at one. */
  reached?: string;
  /** Unhealthy targets as the service turned back. */
  ailing?: readonly string[];
  evidence?: Evidence;
  /** What the one-off task has come to, once it was started. */
  task?: TaskOutcome;
  /** True once the previous revision was seen to serve again. */
  restored: boolean;
  /** True when someone else's deployment took over: nothing here is ours to undo. */
  superseded: boolean;
  /** True when nothing of this run was found to undo: its update did not happen, or others have taken over. */
  untouched?: boolean;
  /** True when Amazon ECS, or somebody, brings the previous revision back without us. */
  returning: boolean;
  /** True when Amazon ECS could not bring the previous revision back: a failure, whatever became of our own attempt. */
  unreturned?: boolean;
  /** True when it could not when this run asked it to, and the previous revision was deployed again. */
  insisted?: boolean;
  /** True when what failed was left as it is, by wish or because nothing served before. */
  left: boolean;
  /** True when what was left is a service that this run created. */
  created?: boolean;
  /** True when nothing runs because nothing is desired. */
  idle: boolean;
}

/** Answers the value, or fails as a bug: the steps that need it run after those that find it. */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not known yet; the steps ran in a wrong order.`);
  return value;
}
