import { type RolloutPorts, type RolloutReport, type RolloutSettings, rollOut } from "#ship/delivery";
import { type Log, type ManualClock, manualClock, recordingLog, ShipError } from "#ship/kit";
import { createWorld, type World, type WorldOptions } from "./world.ts";

export const minute = 60_000;

export const settings: RolloutSettings = {
  steps: [{ share: 0.05 }, { share: 0.25 }, { share: 0.5 }, { share: 1 }],
  interval: 10 * minute,
  bake: 10 * minute,
  maxStep: undefined,
  approvalTimeout: 60 * minute,
  warmup: minute,
  compare: true,
  tolerance: 1.25,
  alpha: 0.01,
  dispersion: 1,
  maxErrorRate: undefined,
  maxP95: undefined,
  maxP99: undefined,
  minRequests: 50,
  detect: 5,
  maxBlind: 15 * minute,
  mode: "enforce",
  onInconclusive: "rollback",
  onCancel: "rollback",
};

/** One rollout in a world of its own, with what a test needs to look at. */
export interface Trial {
  readonly world: World;
  readonly clock: ManualClock;
  readonly log: Log & { readonly lines: string[] };
  /** What a later process was told last: whether traffic still has to be brought back. */
  readonly unsettled: boolean[];
  /** Sends the runner's cancellation. */
  cancel(): void;
  run(changes?: Partial<RolloutSettings>): Promise<RolloutReport>;
}

/** @param portsWith what else the rollout works with, made for its clock */
export function trial(
  options: Omit<WorldOptions, "clock"> = {},
  portsWith: (clock: ManualClock) => Partial<RolloutPorts> = () => ({}),
): Trial {
  const clock = manualClock();
  const world = createWorld({ ...options, clock });
  const log = recordingLog();
  const controller = new AbortController();
  const safeguards = new Set<() => Promise<void>>();
  const unsettled: boolean[] = [];
  return {
    world,
    clock,
    log,
    unsettled,
    cancel() {
      for (const makeSafe of safeguards) makeSafe().catch(() => {});
      controller.abort(new ShipError("CANCELLED", "The runner asked this step to stop."));
    },
    run: (changes = {}) =>
      clock.runUntil(
        rollOut(
          { ...settings, ...changes },
          {
            target: world.target,
            metrics: world.metrics,
            clock,
            log,
            signal: controller.signal,
            onCancel(makeSafe) {
              safeguards.add(makeSafe);
              return () => {
                safeguards.delete(makeSafe);
              };
            },
            unsettled: (isUnsettled) => {
              unsettled.push(isUnsettled);
            },
            ...portsWith(clock),
          },
        ),
      ),
  };
}
