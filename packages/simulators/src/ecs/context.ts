import type { Clock } from "#ship/kit";
import type { Alarms, ContainerRuntime, LoadBalancing, LogSink } from "../ports.ts";
import type { JsonObject } from "../service.ts";
import type { EcsEvent } from "../world-events.ts";
import type { Identifiers } from "./identifiers.ts";
import type { TaskDefinition } from "./model.ts";
import type { Pace } from "./pace.ts";
import type { EcsState } from "./state.ts";

/** What a Lambda lifecycle hook is told, as the developer guide documents its event. */
export interface HookEvent {
  readonly executionDetails: JsonObject;
  readonly executionId: string;
  readonly lifecycleStage: string;
  readonly resourceArn: string;
  readonly hookDetails?: unknown;
}

/** What the parts of the simulator share. */
export interface EcsContext {
  readonly clock: Clock;
  readonly region: string;
  readonly state: EcsState;
  readonly arns: Identifiers;
  readonly pace: Pace;
  readonly loadBalancing: LoadBalancing;
  readonly alarms: Alarms;
  readonly logs: LogSink;
  readonly runtime: ContainerRuntime;
  /** Milliseconds until the lists show a new service deployment. */
  readonly consistencyDelay: number;
  /** Milliseconds until descriptions and lists show a task that RunTask started. */
  readonly taskConsistencyDelay: number;
  /** Calls a Lambda function for a lifecycle hook; answers its parsed payload. */
  readonly invokeFunction: (functionArn: string, event: HookEvent) => Promise<unknown>;
  /** The value behind a secret's `valueFrom` for a task of the named cluster; undefined when there is none. */
  readonly secret: (valueFrom: string, cluster: string) => string | undefined;
  /** Why a task of this definition cannot be placed now; undefined when there is capacity. */
  readonly placement: (definition: TaskDefinition) => string | undefined;
  /** Tells whoever watches what happened. */
  tell(event: EcsEvent): void;
  /** Aborts when the simulator closes. */
  readonly lifetime: AbortSignal;
  /** Runs work in the background until the simulator closes; an error other than the closing is reported by `close()`. */
  background(work: () => Promise<void>): void;
}
