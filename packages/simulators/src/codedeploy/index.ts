import type { Clock } from "#ship/kit";
import type { TaskSets } from "../ecs/index.ts";
import type { Alarms, TrafficRoutes } from "../ports.ts";
import type { SimulatedService } from "../service.ts";
import type { CodeDeployContext, CodeDeployHookEvent, CodeDeployPace } from "./context.ts";
import { deploymentHandlers } from "./deployments.ts";
import { groupHandlers } from "./groups.ts";

export type { CodeDeployHookEvent, CodeDeployPace } from "./context.ts";

export interface CodeDeployOptions {
  readonly clock: Clock;
  readonly taskSets: TaskSets;
  readonly routes: TrafficRoutes;
  readonly alarms: Alarms;
  /** Durations in milliseconds; what is left out is realistic. */
  readonly pace?: Partial<CodeDeployPace>;
  /** Divides every duration. 1 unless told. */
  readonly speed?: number;
  /**
   * Calls the function of a lifecycle hook; its answer is the hook's status, `undefined` when the function reports by
   * itself. Without it every hook fails as not invocable.
   */
  readonly invokeHook?: CodeDeployContext["invokeHook"];
  /** Told when a deployment starts, is rolled back and ends. */
  readonly onEvent?: CodeDeployContext["onEvent"];
}

/** The simulated service. */
export interface CodeDeploy extends SimulatedService {
  /** Ends every deployment where it stands. Rejects with the first error the background work met. */
  close(): Promise<void>;
}

const realistic: CodeDeployPace = { look: 2_000, minute: 60_000 };

/** Starts a simulated AWS CodeDeploy that deploys to the Amazon ECS services of the same account. */
export function createCodeDeploy(options: CodeDeployOptions): CodeDeploy {
  const lifetime = new AbortController();
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  const speed = options.speed ?? 1;
  const pace = { ...realistic, ...options.pace };
  const context: CodeDeployContext = {
    clock: options.clock,
    pace: { look: pace.look / speed, minute: pace.minute / speed },
    taskSets: options.taskSets,
    routes: options.routes,
    alarms: options.alarms,
    applications: new Map(),
    deployments: new Map(),
    invokeHook:
      options.invokeHook ??
      ((name: string, _event: CodeDeployHookEvent) =>
        Promise.reject(new Error(`There is no function ${name} in this account.`))),
    onEvent: options.onEvent ?? (() => {}),
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
  return {
    name: "codedeploy",
    protocols: [{ kind: "json", targetPrefix: "CodeDeploy_20141006", version: "1.1" }],
    handlers: { ...groupHandlers(context), ...deploymentHandlers(context) },
    async close() {
      lifetime.abort();
      await Promise.allSettled(running);
      if (errors.length > 0) throw errors[0];
    },
  };
}
