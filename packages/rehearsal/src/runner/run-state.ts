import type { Clock } from "#ship/kit";
import type { Value, ValueMapping } from "./language/value.ts";
import type { ActionStore } from "./loading/actions.ts";
import type { Origin } from "./loading/references.ts";
import type { WorkflowOptions } from "./options.ts";
import type { CancelTimings } from "./processes/process.ts";
import type { JobResult, RunEvent } from "./results.ts";

/** What all jobs of a run share. */
export interface RunState {
  readonly options: WorkflowOptions;
  /** The repository and commit the run belongs to. */
  readonly origin: Origin;
  /** The `github` context as far as it is the same for all jobs. */
  readonly github: ValueMapping;
  readonly payload: Value;
  readonly vars: Readonly<Record<string, string>>;
  readonly token: string;
  readonly runId: string;
  readonly artifacts: string;
  readonly actions: ActionStore;
  readonly clock: Clock;
  readonly timings: CancelTimings;
  readonly node: string;
  readonly die: AbortSignal;
  readonly results: Map<string, JobResult>;
  emit(event: RunEvent): void;
}
