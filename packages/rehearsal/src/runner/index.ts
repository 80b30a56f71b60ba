export type { BuiltInAction, BuiltInCall } from "./built-in-action.ts";
export type {
  IdentityClaims,
  IdentityEndpoint,
  RunEnvironment,
  RunRepository,
  WorkflowOptions,
} from "./options.ts";
export type { Access, Permissions } from "./permissions.ts";
export { type Position, type Problem, WorkflowError } from "./problems.ts";
export { type CancelTimings, runnerTimings } from "./process.ts";
export type { Annotation, JobResult, Outcome, RunEvent, StepResult, WorkflowResult } from "./results.ts";
export { checkWorkflow, runWorkflow } from "./run-workflow.ts";
