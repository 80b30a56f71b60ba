export type { BuiltInAction, BuiltInCall } from "./built-in/built-in-action.ts";
export { checkout } from "./built-in/checkout.ts";
export type { Access, Permissions } from "./files/permissions.ts";
export { type Position, type Problem, WorkflowError } from "./language/problems.ts";
export type {
  IdentityClaims,
  IdentityEndpoint,
  RunEnvironment,
  RunRepository,
  WorkflowOptions,
} from "./options.ts";
export { type CancelTimings, runnerTimings } from "./processes/process.ts";
export type { Annotation, JobResult, Outcome, RunEvent, StepResult, WorkflowResult } from "./results.ts";
export { checkWorkflow, runWorkflow } from "./run-workflow.ts";
