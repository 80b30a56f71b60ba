import type { Position } from "../language/problems.ts";
import type { Condition, Template } from "../language/templates.ts";
import type { Permissions } from "./permissions.ts";

/** A workflow file, read and checked. */
export interface WorkflowFile {
  /** As messages call it. */
  readonly file: string;
  readonly name: string;
  readonly runName: Template | undefined;
  readonly triggers: Triggers;
  readonly env: Template | undefined;
  readonly defaults: RunDefaults;
  readonly permissions: Permissions | undefined;
  readonly concurrency: Template | undefined;
  readonly jobs: ReadonlyMap<string, Job>;
}

export interface Triggers {
  readonly at: Position;
  /** Filters by event name. */
  readonly events: ReadonlyMap<string, EventFilters>;
  readonly dispatchInputs: readonly InputDefinition[];
  /** Present when the workflow may be called. */
  readonly call: CallInterface | undefined;
}

/** `branches`, `branches-ignore`, `tags`, `tags-ignore`, `paths`, `paths-ignore`, `types`, `workflows`. */
export type EventFilters = ReadonlyMap<string, readonly string[]>;

export type InputType = "string" | "boolean" | "number" | "choice" | "environment";

export interface InputDefinition {
  readonly name: string;
  readonly at: Position;
  readonly type: InputType;
  readonly required: boolean;
  readonly fallback: Template | undefined;
  readonly options: readonly string[];
}

/** What `on.workflow_call` declares. */
export interface CallInterface {
  readonly inputs: readonly InputDefinition[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly outputs: readonly { readonly name: string; readonly value: Template }[];
}

export interface RunDefaults {
  readonly shell: string | undefined;
  readonly workingDirectory: Template | undefined;
}

export interface Strategy {
  readonly matrix: Template | undefined;
  readonly failFast: Template | undefined;
  readonly maxParallel: Template | undefined;
}

interface JobHead {
  readonly id: string;
  readonly at: Position;
  readonly name: Template | undefined;
  readonly needs: readonly string[];
  readonly condition: Condition | undefined;
  readonly strategy: Strategy | undefined;
  readonly permissions: Permissions | undefined;
  readonly concurrency: Template | undefined;
}

/** A job with steps. */
export interface StepsJob extends JobHead {
  readonly kind: "steps";
  readonly runsOn: Template;
  readonly environment: { readonly name: Template; readonly url: Template | undefined } | undefined;
  readonly env: Template | undefined;
  readonly outputs: Template | undefined;
  readonly defaults: RunDefaults;
  readonly timeoutMinutes: Template | undefined;
  readonly continueOnError: Template | undefined;
  readonly steps: readonly Step[];
}

/** A job that calls a reusable workflow. */
export interface CallJob extends JobHead {
  readonly kind: "call";
  readonly uses: string;
  readonly usesAt: Position;
  readonly with: Template | undefined;
  readonly secrets: Template | "inherit" | undefined;
}

export type Job = StepsJob | CallJob;

/** A step of a job or of a composite action. */
export interface Step {
  readonly at: Position;
  readonly id: string | undefined;
  readonly name: Template | undefined;
  readonly condition: Condition | undefined;
  readonly env: Template | undefined;
  readonly continueOnError: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly work: RunWork | UsesWork;
}

export interface RunWork {
  readonly kind: "run";
  readonly script: Template;
  readonly shell: string | undefined;
  readonly workingDirectory: Template | undefined;
}

export interface UsesWork {
  readonly kind: "uses";
  readonly uses: string;
  readonly at: Position;
  readonly with: Template | undefined;
}
