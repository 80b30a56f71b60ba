import type { Clock } from "#ship/kit";
import type { Handler, JsonObject, SimulatedService } from "../service.ts";
import { faults, read } from "./faults.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

/** What the simulated EventBridge Scheduler is given. */
export interface SchedulerOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** Makes an API call in this account, as a universal target does. */
  invoke(service: string, action: string, input: JsonObject): Promise<unknown>;
}

/** A call that a schedule has made. */
export interface Invocation {
  readonly schedule: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly service: string;
  readonly action: string;
  readonly outcome: "succeeded" | "failed";
}

/** The simulated service and what its schedules have done. */
export interface Scheduler extends SimulatedService {
  readonly invocations: readonly Invocation[];
  /** Schedules that have not acted yet, by name. */
  readonly pending: ReadonlyMap<string, Pick<Schedule, "at" | "role">>;
  close(): Promise<void>;
}

const retryPause = 1_000;

/** Creates the simulated EventBridge Scheduler: one-time schedules that really make their call when the clock gets there. */
export function createScheduler({ clock, region, accountId, invoke }: SchedulerOptions): Scheduler {
  const schedules = new Map<string, { readonly schedule: Schedule; readonly waiting: AbortController }>();
  const invocations: Invocation[] = [];
  const arn = (name: string) => `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;

  const attempt = async ({ name, target }: Schedule): Promise<boolean> => {
    const { service, action, input } = target;
    const outcome = await invoke(service, action, input).then(
      () => "succeeded" as const,
      () => "failed" as const,
    );
    invocations.push({ schedule: name, at: clock.now(), service, action, outcome });
    return outcome === "succeeded";
  };
  const run = async (schedule: Schedule, signal: AbortSignal) => {
    await clock.sleep(schedule.at - clock.now(), signal);
    for (let made = 1; !signal.aborted; made += 1) {
      if (!schedule.isEnabled || (await attempt(schedule))) break;
      if (made >= schedule.attempts || clock.now() >= schedule.at + schedule.patience) break;
      await clock.sleep(retryPause * made, signal);
    }
    if (schedule.deletesItself && !signal.aborted) schedules.delete(schedule.name);
  };
  const put = (schedule: Schedule) => {
    schedules.get(schedule.name)?.waiting.abort();
    const waiting = new AbortController();
    schedules.set(schedule.name, { schedule, waiting });
    // A schedule that is changed or deleted stops waiting.
    run(schedule, waiting.signal).catch(() => {});
  };
  const find = (input: JsonObject) => {
    const name = read.requiredText(input, "Name");
    const found = schedules.get(name);
    if (!found) throw faults.notFound(name);
    return found;
  };

  const handlers: Record<string, Handler> = {
    CreateSchedule(input) {
      const schedule = parseSchedule(input);
      if (schedules.has(schedule.name)) throw faults.exists(schedule.name);
      put(schedule);
      return { ScheduleArn: arn(schedule.name) };
    },
    UpdateSchedule(input) {
      find(input);
      const schedule = parseSchedule(input);
      put(schedule);
      return { ScheduleArn: arn(schedule.name) };
    },
    GetSchedule(input) {
      const { schedule } = find(input);
      return { Arn: arn(schedule.name), GroupName: "default", ...schedule.request };
    },
    DeleteSchedule(input) {
      const { schedule, waiting } = find(input);
      waiting.abort();
      schedules.delete(schedule.name);
      return {};
    },
  };

  return {
    name: "scheduler",
    protocols: [
      {
        kind: "rest-json",
        routes: [
          { method: "POST", path: "/schedules/{Name}", action: "CreateSchedule" },
          { method: "PUT", path: "/schedules/{Name}", action: "UpdateSchedule" },
          { method: "GET", path: "/schedules/{Name}", action: "GetSchedule" },
          { method: "DELETE", path: "/schedules/{Name}", action: "DeleteSchedule" },
        ],
      },
    ],
    handlers,
    invocations,
    get pending() {
      return new Map([...schedules].map(([name, { schedule }]) => [name, schedule]));
    },
    async close() {
      for (const { waiting } of schedules.values()) waiting.abort();
      schedules.clear();
    },
  };
}
