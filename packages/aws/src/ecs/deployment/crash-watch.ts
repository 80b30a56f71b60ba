import { isShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import type { Rollout, ServiceAddress, ServiceState } from "../api/services.ts";
import { type StoppedTask, stoppedTasks } from "../api/tasks.ts";
import { breakerLimit, crashLimit, hasFailed, hopeless } from "./crash.ts";

/**
 * Between two looks at stopped tasks while not all of ours run, in milliseconds. Amazon ECS's own count leaves out tasks
 * that ran for a moment before they ended (API reference, Deployment: failedTasks).
 */
const lookEvery = 10_000;

/** Watches the tasks of one rollout. */
export interface CrashWatch {
  /** Why it is bound to fail, or `undefined` while there is hope. Asks for stopped tasks only where there may be some. */
  look(service: ServiceState, rollout: Rollout): Promise<string | undefined>;
}

/** Creates a {@link CrashWatch}; no call is made yet. */
export function createCrashWatch(caller: Caller, address: ServiceAddress): CrashWatch {
  const { clock } = caller.session;
  let counted = 0;
  let most = 0;
  let hasGotOn = false;
  let lookedAt = clock.now();
  const forgiven = new Set<string>();

  return {
    async look(service, rollout) {
      if (rollout.running > most) {
        most = rollout.running;
        hasGotOn = true;
      }
      const isShort =
        rollout.status === "PRIMARY" && rollout.state !== "FAILED" && rollout.running < rollout.desired;
      const isDue = isShort && clock.now() - lookedAt >= lookEvery;
      if (rollout.failed <= counted && !isDue) {
        counted = rollout.failed;
        return undefined;
      }
      const stopped = await tasksOf(caller, address, rollout);
      lookedAt = clock.now();
      counted = rollout.failed;
      // More tasks run than ever before: what failed until then was no loop.
      if (hasGotOn) for (const task of stopped) forgiven.add(task.arn);
      hasGotOn = false;
      const failing = stopped.filter((task) => hasFailed(task) && !forgiven.has(task.arn)).length;
      const breaker = service.configuration.deploymentCircuitBreaker;
      const guarded = breaker?.enable === true;
      const { desired, failed } = rollout;
      const reason = hopeless({ desired, failed, guarded, stopped });
      if (reason !== undefined) return reason;
      // A circuit breaker acts long before this, unless these tasks do not count for it.
      const limit = guarded ? 2 * breakerLimit(desired, breaker) : crashLimit(desired);
      return isShort && failing >= limit
        ? `${failing} tasks failed, and never more than ${most} of ${desired} ran at once.`
        : undefined;
    },
  };
}

async function tasksOf(
  caller: Caller,
  address: ServiceAddress,
  rollout: Rollout,
): Promise<readonly StoppedTask[]> {
  try {
    const tasks = await stoppedTasks(caller, address);
    return tasks.filter(({ startedBy, taskDefinition }) =>
      startedBy === "" ? taskDefinition === rollout.taskDefinition : startedBy === rollout.id,
    );
  } catch (error) {
    // The number of failures alone says enough; why is for the evidence.
    if (isClosed(error) || (isShipError(error) && error.code === "SERVICE_UNAVAILABLE")) return [];
    throw error;
  }
}
