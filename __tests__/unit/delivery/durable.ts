import {
  type DeadMan,
  type Keeping,
  type RolloutReport,
  type RolloutSettings,
  reconcile,
  rollOut,
  type TargetNotes,
  type TrafficTarget,
} from "#ship/delivery";
import { type Clock, manualClock, recordingLog } from "#ship/kit";
import { minute, settings } from "./canary.ts";
import { memoryNotes } from "./memory-notes.ts";
import { createWorld, type WorldOptions } from "./world.ts";

/** When a process dies: at its nth call that changes something, before or after the world has heard of it. */
export interface Death {
  readonly at: number;
  readonly when: "before" | "after";
}

/** What a process is told when it starts. */
export interface ProcessOptions {
  readonly run?: string;
  readonly attempt?: string;
  readonly commit?: string;
  readonly death?: Death;
  readonly timer?: "armed" | "none";
  readonly keeping?: Partial<Keeping>;
  readonly settings?: Partial<RolloutSettings>;
}

export const quick: Partial<RolloutSettings> = {
  steps: [{ share: 0.25 }, { share: 0.5 }, { share: 1 }],
  interval: 4 * minute,
  bake: 4 * minute,
};

const never = new Promise<never>(() => {});

/** A world that outlives the processes that act on it: the traffic, the notes beside it, and a timer on the same clock. */
export function durableWorld(options: Omit<WorldOptions, "clock"> = {}) {
  const clock = manualClock();
  const world = createWorld({ ...options, clock });
  const notes = memoryNotes();
  const log = recordingLog();
  let timer: AbortController | undefined;
  const fired: number[] = [];
  const set = (deadline: number) => {
    timer?.abort();
    timer = new AbortController();
    clock.sleep(deadline - clock.now(), timer.signal).then(
      async () => {
        timer = undefined;
        fired.push(clock.now());
        await world.target.restore();
      },
      () => {},
    );
  };
  const deadMan: DeadMan = {
    arm: async (deadline) => set(deadline),
    async push(deadline) {
      if (!timer) throw new Error("There is no timer to push out.");
      set(deadline);
    },
    async disarm() {
      timer?.abort();
      timer = undefined;
    },
  };

  return {
    clock,
    world,
    notes,
    log,
    /** When the timer acted. */
    fired,
    isArmed: () => timer !== undefined,

    /** Runs a rollout until it ends, or until its process dies: then the answer is the number of calls it made. */
    async process(process: ProcessOptions = {}): Promise<RolloutReport | number> {
      const { run = "1001", attempt = "1", commit = "commit:a", death, timer: timed = "armed" } = process;
      let calls = 0;
      let isDead = false;
      let die = (_calls: number) => {};
      const dead = new Promise<number>((resolve) => {
        die = resolve;
      });
      const end = () => {
        isDead = true;
        die(calls);
        return never;
      };
      const mutating =
        <A extends unknown[]>(work: (...given: A) => Promise<void>) =>
        async (...given: A): Promise<void> => {
          if (isDead) return never;
          calls += 1;
          const isLast = calls === death?.at;
          if (isLast && death.when === "before") return end();
          await work(...given);
          if (isLast) return end();
        };
      const reading =
        <A extends unknown[], T>(work: (...given: A) => Promise<T>) =>
        async (...given: A): Promise<T> =>
          isDead ? never : work(...given);
      const mortal: Clock = {
        now: clock.now,
        sleep: reading(clock.sleep),
      };
      const target: TrafficTarget = {
        ...world.target,
        inspect: reading(world.target.inspect),
        health: reading(world.target.health),
        route: mutating(world.target.route),
        restore: mutating(world.target.restore),
        retire: mutating(world.target.retire),
      };
      const kept: TargetNotes = {
        read: reading(notes.read),
        set: mutating(notes.set),
        remove: mutating(notes.remove),
      };
      const timerOfProcess: DeadMan = {
        arm: mutating(deadMan.arm),
        push: mutating(deadMan.push),
        disarm: mutating(deadMan.disarm),
      };
      const rollout = rollOut(
        { ...settings, ...quick, ...process.settings },
        {
          target,
          metrics: { ...world.metrics, bins: reading(world.metrics.bins) },
          clock: mortal,
          log,
          signal: new AbortController().signal,
          onCancel: () => () => {},
          unsettled: () => {},
          keeping: {
            notes: kept,
            deadMan: timed === "armed" ? timerOfProcess : undefined,
            owner: { repository: "octo/shop", run, attempt, server: "https://github.example" },
            commit,
            credentials: { kind: "renewed" },
            jobLimit: 360 * minute,
            onExisting: "fail",
            onDrift: "rollback",
            force: false,
            ...process.keeping,
          },
        },
      );
      return clock.runUntil(Promise.race([rollout, dead]));
    },

    /** One look of a scheduled reconcile. */
    reconcile: () =>
      reconcile([{ name: "shop", notes, open: async () => ({ target: world.target, deadMan }) }], {
        clock,
        log,
        signal: new AbortController().signal,
        budget: minute,
      }),
  };
}

export type DurableWorld = ReturnType<typeof durableWorld>;
