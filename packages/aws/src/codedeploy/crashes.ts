import { isShipError } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import type { ServiceAddress } from "../ecs/api/services.ts";
import { stoppedTasks } from "../ecs/api/tasks.ts";
import { hopeless } from "../ecs/deployment/crash.ts";
import { isClosed } from "../errors.ts";

/** Reasons of stopped tasks are asked for at most this often, in milliseconds. */
const tasksEvery = 15_000;

/** The tasks that a task set has and shall have. */
export interface Filling {
  /** `ecs-svc/…`; `startedBy` of its tasks. */
  readonly id: string;
  readonly desired: number;
  readonly running: number;
}

/** Looks at stopped tasks of a task set that does not fill; answers why it never will, once that is plain. */
export function taskSetCrashes(caller: Caller, address: ServiceAddress, taskDefinition: string) {
  let askedAt = Number.NEGATIVE_INFINITY;
  return async ({ id, desired, running }: Filling): Promise<string | undefined> => {
    const now = caller.session.clock.now();
    if (running >= desired || now - askedAt < tasksEvery) return undefined;
    askedAt = now;
    const stopped = await stoppedTasks(caller, address).catch((error: unknown) => {
      if (isClosed(error) || (isShipError(error) && error.code === "SERVICE_UNAVAILABLE")) return [];
      throw error;
    });
    const its = stopped.filter((task) => task.startedBy === id && task.taskDefinition === taskDefinition);
    return hopeless({ desired, failed: its.length, guarded: false, stopped: its });
  };
}
