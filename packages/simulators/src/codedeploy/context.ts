import type { Clock } from "#ship/kit";
import type { TaskSets } from "../ecs/index.ts";
import type { Alarms, TrafficRoutes } from "../ports.ts";
import type { EcsEvent } from "../world-events.ts";
import type { Application, Deployment } from "./model.ts";

/** What a Lambda lifecycle hook is told. */
export interface CodeDeployHookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

/** Durations of what CodeDeploy does by itself, in milliseconds. */
export interface CodeDeployPace {
  /** Between two looks at a deployment. */
  readonly look: number;
  /** Length of one minute given by the user or by CodeDeploy's own limits. */
  readonly minute: number;
}

/** What the parts of the simulator share. */
export interface CodeDeployContext {
  readonly clock: Clock;
  readonly pace: CodeDeployPace;
  readonly taskSets: TaskSets;
  readonly routes: TrafficRoutes;
  readonly alarms: Alarms;
  /** By name. */
  readonly applications: Map<string, Application>;
  /** In order of creation. */
  readonly deployments: Map<string, Deployment>;
  /**
   * Calls the function of a hook. Its answer is the hook's status; `undefined` means that the function will report with
   * PutLifecycleEventHookExecutionStatus. A rejection means that it could not be invoked.
   */
  readonly invokeHook: (
    functionName: string,
    event: CodeDeployHookEvent,
  ) => Promise<"Succeeded" | "Failed" | undefined>;
  /** Told when a deployment starts, is rolled back and ends. */
  readonly onEvent: (event: EcsEvent) => void;
  readonly lifetime: AbortSignal;
  /** Runs work in the background until the simulator closes. */
  background(work: () => Promise<void>): void;
}
