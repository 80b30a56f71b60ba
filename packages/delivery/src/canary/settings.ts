import type { GateSettings } from "./gate-set.ts";
import type { Timing } from "./plan.ts";
import type { ScheduleStep } from "./schedule.ts";

/** Everything a person decides about a rollout. Times are milliseconds, shares fractions. */
export interface RolloutSettings extends GateSettings, Timing {
  /** `auto` takes the steps of a platform that moves the traffic by itself. */
  readonly steps: readonly ScheduleStep[] | "auto";
  readonly minRequests: number;
  /** The ratio of error rates, canary to stable, that a step must be able to detect before it is left. */
  readonly detect: number;
  readonly maxBlind: number;
  /** Whether gates decide, or only report while the weights follow the schedule. */
  readonly mode: "enforce" | "observe";
  /** What becomes of the traffic when the evidence does not suffice: back to stable, or left where it is. */
  readonly onInconclusive: "rollback" | "hold";
  readonly onCancel: "rollback" | "hold";
}
