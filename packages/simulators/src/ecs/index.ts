import type { Clock } from "#ship/kit";
import type { Alarms, ContainerRuntime, LoadBalancing, LogSink } from "../ports.ts";
import type { SimulatedService } from "../service.ts";
import type { EcsEvent } from "../world-events.ts";
import { clusterHandlers } from "./clusters.ts";
import type { EcsContext, HookEvent } from "./context.ts";
import { identifiersOf } from "./identifiers.ts";
import type { Task, TaskDefinition, TaskInterruption } from "./model.ts";
import { type Pace, paceOf } from "./pace.ts";
import { revisionHandlers } from "./revisions.ts";
import { schedule } from "./scheduler.ts";
import { serviceDeploymentHandlers } from "./service-deployments.ts";
import { serviceHandlers } from "./services.ts";
import { type EcsState, emptyState } from "./state.ts";
import { tagHandlers } from "./tags.ts";
import { taskDefinitionHandlers } from "./task-definitions.ts";
import { requestStop } from "./task-lifecycle.ts";
import { type TaskSets, taskSetsOf } from "./task-sets.ts";
import { taskHandlers } from "./tasks.ts";

export type { HookEvent } from "./context.ts";
export type { Pace } from "./pace.ts";
export type { EcsState } from "./state.ts";
export type { TaskSetOrder, TaskSetState, TaskSets } from "./task-sets.ts";

export interface EcsOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  readonly loadBalancing: LoadBalancing;
  readonly alarms: Alarms;
  readonly logs: LogSink;
  readonly runtime: ContainerRuntime;
  /** Durations in milliseconds; what is left out is realistic. */
  readonly pace?: Partial<Pace>;
  /** Divides every duration of the pace: 20 makes a minute of bake time last 3 s. 1 unless told. */
  readonly speed?: number;
  /** Milliseconds until the lists show a new service deployment. 1 s divided by `speed` unless told. */
  readonly consistencyDelay?: number;
  /** Milliseconds until DescribeTasks and ListTasks show a task that RunTask started; 0 unless told. */
  readonly taskConsistencyDelay?: number;
  /** Answers a Lambda lifecycle hook's payload. Without it every Lambda hook fails as not invocable. */
  readonly invokeFunction?: (functionArn: string, event: HookEvent) => Promise<unknown>;
  /**
   * The value behind a secret's `valueFrom`, for a task of the named cluster. Without it tasks with secrets fail as
   * they do when a secret is missing.
   */
  readonly secret?: (valueFrom: string, cluster: string) => string | undefined;
  /** Told of each turn in the life of a service or task. */
  readonly onEvent?: (event: EcsEvent) => void;
  /** Why a task cannot be placed now, for example `RESOURCE:MEMORY`. Without it there is always room. */
  readonly placement?: (taskDefinition: TaskDefinition) => string | undefined;
}

/** Amazon ECS with its scheduler: handlers by action, and its records for tests and seeding. */
export interface EcsSimulator extends SimulatedService {
  readonly state: EcsState;
  /** For the CodeDeploy of the same account. */
  readonly taskSets: TaskSets;
  /** Ends a task from outside, as AWS does when it takes capacity back. */
  interrupt(task: Task, interruption: TaskInterruption): void;
  /** Stops the scheduler and every container. Rejects with the first error the background work met. */
  close(): Promise<void>;
}

/** Starts a simulated ECS of one account and region. It works on its clock until `close()`. */
export function createEcs(options: EcsOptions): EcsSimulator {
  const lifetime = new AbortController();
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  const speed = options.speed ?? 1;
  const ecs: EcsContext = {
    clock: options.clock,
    region: options.region,
    state: emptyState(),
    arns: identifiersOf(options.region, options.accountId),
    pace: paceOf(options.pace, speed),
    loadBalancing: options.loadBalancing,
    alarms: options.alarms,
    logs: options.logs,
    runtime: options.runtime,
    consistencyDelay: options.consistencyDelay ?? 1_000 / speed,
    taskConsistencyDelay: options.taskConsistencyDelay ?? 0,
    invokeFunction:
      options.invokeFunction ?? ((arn) => Promise.reject(new Error(`no function ${arn} in this account`))),
    secret: options.secret ?? (() => undefined),
    placement: options.placement ?? (() => undefined),
    tell: options.onEvent ?? (() => undefined),
    lifetime: lifetime.signal,
    background(work) {
      const guarded: Promise<void> = work()
        .catch((cause: unknown) => {
          if (!lifetime.signal.aborted) errors.push(cause);
        })
        .finally(() => running.delete(guarded));
      running.add(guarded);
    },
  };
  ecs.background(() => schedule(ecs));
  return {
    name: "ecs",
    protocols: [{ kind: "json", targetPrefix: "AmazonEC2ContainerServiceV20141113", version: "1.1" }],
    state: ecs.state,
    taskSets: taskSetsOf(ecs),
    interrupt: (task, { code, reason }) => requestStop(ecs, task, code, reason),
    handlers: {
      ...clusterHandlers(ecs),
      ...taskDefinitionHandlers(ecs),
      ...serviceHandlers(ecs),
      ...taskHandlers(ecs),
      ...serviceDeploymentHandlers(ecs),
      ...revisionHandlers(ecs),
      ...tagHandlers(ecs),
    },
    async close() {
      lifetime.abort();
      await options.runtime.close();
      await Promise.allSettled(running);
      if (errors.length > 0) throw errors[0];
    },
  };
}
