import { type ScheduleStep, schedule } from "#ship/delivery";
import type { Reader } from "#ship/kit";

/** The steps that `auto` means where the weights are written from here, as shares. */
export const usualSteps: readonly ScheduleStep[] = [
  { share: 0.05 },
  { share: 0.25 },
  { share: 0.5 },
  { share: 1 },
];

/** Reads a schedule, or `auto`. */
export function scheduleOrAuto(): Reader<readonly ScheduleStep[] | "auto"> {
  const own = schedule();
  return {
    accepts: `${own.accepts}, or auto`,
    read: (raw) => (raw.toLowerCase() === "auto" ? "auto" : own.read(raw)),
  };
}
