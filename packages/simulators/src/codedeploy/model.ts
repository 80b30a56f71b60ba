import type { JsonObject } from "../service.ts";
import type { AppSpec } from "./app-spec.ts";
import type { TrafficPlan } from "./configurations.ts";

/** The simulator's records. Times are milliseconds since the epoch, waits are minutes. */

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** By name. */
  readonly groups: Map<string, DeploymentGroup>;
}

export interface DeploymentGroup {
  readonly id: string;
  readonly application: string;
  readonly name: string;
  readonly serviceRoleArn: string;
  readonly configuration: string;
  readonly cluster: string;
  readonly service: string;
  readonly routes: Routes;
  /** Minutes that a deployment waits in Ready for ContinueDeployment; absent when traffic moves by itself. */
  readonly readyWait?: number;
  /** Minutes until the original tasks are terminated; absent for KEEP_ALIVE. */
  readonly terminationWait?: number;
  readonly rollsBackOn: ReadonlySet<string>;
  readonly alarms: readonly string[];
  /** Members of the request that GetDeploymentGroup answers as they were given. */
  readonly body: JsonObject;
}

/** Target groups by name, and listeners by ARN. */
export interface Routes {
  readonly targetGroups: readonly [string, string];
  readonly production: readonly string[];
  readonly test: readonly string[];
}

export type DeploymentStatus =
  | "Created"
  | "Queued"
  | "InProgress"
  | "Ready"
  | "Succeeded"
  | "Failed"
  | "Stopped";

export interface LifecycleEvent {
  readonly name: string;
  status: "Pending" | "InProgress" | "Succeeded" | "Failed" | "Skipped";
  startedAt?: number;
  endedAt?: number;
  diagnostics?: { readonly errorCode: string; readonly message: string; readonly logTail?: string };
}

/** Why a deployment must end early. */
export interface Interruption {
  readonly status: "Failed" | "Stopped";
  readonly code: string;
  readonly message: string;
  readonly rollsBack: boolean;
}

export interface Deployment {
  readonly id: string;
  readonly group: DeploymentGroup;
  readonly configuration: string;
  readonly plan: TrafficPlan;
  readonly revision: { readonly content: string; readonly sha256: string; readonly spec: AppSpec };
  readonly previous?: Deployment;
  readonly description?: string;
  /** Events upon which it is rolled back: its own configuration wins over the group's. */
  readonly rollsBackOn: ReadonlySet<string>;
  readonly creator: "user" | "codeDeployRollback";
  readonly createdAt: number;
  status: DeploymentStatus;
  startedAt?: number;
  completedAt?: number;
  error?: { readonly code: string; readonly message: string };
  readonly events: LifecycleEvent[];
  /** ARN of the service, once it was found. */
  serviceArn?: string;
  /** Ids of the task sets. */
  blue?: string;
  green?: string;
  /** Percent of production traffic of the replacement. */
  traffic: number;
  terminationWaitBegan: boolean;
  /** ContinueDeployment has been called for this wait. */
  continued: Set<"READY_WAIT" | "TERMINATION_WAIT">;
  /** Hook executions that wait for PutLifecycleEventHookExecutionStatus, with the answer once given. */
  readonly hooks: Map<string, { answer?: "Succeeded" | "Failed" }>;
  interruption?: Interruption;
  rollback?: { readonly deployment: string; readonly message: string };
  /** Of a rollback: what it undoes. */
  readonly triggeredBy?: string;
}
