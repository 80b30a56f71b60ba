import { createProgress, formatDuration, ShipError } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import { describeService, type ServiceAddress } from "../ecs/api/services.ts";
import { primaryOf } from "../ecs/api/task-sets.ts";
import { lookUntil } from "../ecs/deployment/look.ts";
import { taskSetCrashes } from "./crashes.ts";
import { nameIn } from "./situation.ts";

/** What is waited for, and how long; times are milliseconds. */
export interface SteadyWait {
  readonly caller: Caller;
  readonly address: ServiceAddress;
  /** ARN that the PRIMARY task set must have. */
  readonly taskDefinition: string;
  readonly every: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Waits, where no deployment is to be followed, until the PRIMARY task set has all its tasks: after a new number of them,
 * or a creation of the service. Answers that number.
 * @throws ShipError `DEPLOYMENT_FAILED` when its tasks keep crashing, or `DEPLOYMENT_TIMEOUT`
 */
export async function awaitSteady(wait: SteadyWait): Promise<number> {
  const { caller, address, taskDefinition, every, timeout, signal } = wait;
  const { clock, log } = caller.session;
  const progress = createProgress(log, clock);
  const crashes = taskSetCrashes(caller, address, taskDefinition);
  let last = "nothing was seen of it";
  return lookUntil(
    caller,
    async () => {
      const service = await describeService(caller, address);
      const set = primaryOf(service);
      const running = set?.running ?? service.running;
      last = `${running} of ${service.desired} tasks run ${nameIn(set?.taskDefinition ?? service.taskDefinition)}`;
      progress.update(last);
      if (set === undefined) return running >= service.desired ? service.desired : undefined;
      // The task set follows the service's number a moment later.
      if (set.isSteady && set.desired === service.desired) return service.desired;
      const why = set.taskDefinition === taskDefinition ? await crashes(set) : undefined;
      if (why !== undefined)
        throw new ShipError("DEPLOYMENT_FAILED", `${nameIn(taskDefinition)} does not serve: ${why}`);
      return undefined;
    },
    {
      every,
      timeout,
      signal,
      late: (blamed) =>
        new ShipError(
          "DEPLOYMENT_TIMEOUT",
          blamed(
            `${address.service} did not have all its tasks after ${formatDuration(timeout)}; last seen: ${last}.`,
          ),
        ),
    },
  );
}
