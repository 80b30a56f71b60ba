import { InputProblem, parseDuration, type Reader } from "#ship/kit";

/** One weight of a canary schedule. */
export interface ScheduleStep {
  /** The canary's share of requests, a fraction above 0 and at most 1. */
  readonly share: number;
  /** Milliseconds this step lasts at least; the schedule's interval (or the bake, at 100 %) when absent. */
  readonly duration?: number;
  /** Whether a person has to approve before the traffic moves on. */
  readonly until?: "approval";
}

const accepts =
  "percentages that rise to 100, each with a duration of its own or an approval if it needs one: 5,25@10m,50@approval,100";
const stepPattern = /^(\d+(?:\.\d+)?)\s*%?\s*(?:@\s*(.+))?$/;
/** Shares are held to a millionth of a percent, so that decimal percentages compare as they are written. */
const decimals = 8;

/** Reads `5,25@10m,50,100`: percentages that rise and end at 100, each optionally with its own duration or `@approval`. */
export function schedule(): Reader<readonly ScheduleStep[]> {
  return {
    accepts,
    read(raw) {
      const steps = raw
        .split(/[,\n]/)
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .map(readStep);
      for (const [index, step] of steps.entries()) {
        const before = steps[index - 1]?.share ?? 0;
        if (step.share <= before)
          throw new InputProblem(`${percentOf(step)} does not rise above ${percentOf({ share: before })}`);
      }
      const last = steps.at(-1);
      if (last?.share !== 1)
        throw new InputProblem(`it ends at ${last ? percentOf(last) : "nothing"}, not at 100`);
      return steps;
    },
  };
}

function readStep(part: string): ScheduleStep {
  const [, percent, held] = stepPattern.exec(part) ?? [];
  if (percent === undefined) throw new InputProblem(`"${part}" is no percentage`);
  const share = Number((Number(percent) / 100).toFixed(decimals));
  if (share > 1) throw new InputProblem(`"${part}" is above 100`);
  if (held === undefined) return { share };
  if (held.toLowerCase() === "approval") return { share, until: "approval" };
  const duration = parseDuration(held);
  if (duration === undefined || duration === 0)
    throw new InputProblem(`"${held}" after the @ is neither a duration such as 90s or 10m nor approval`);
  return { share, duration };
}

/** Steps that a target with this grain (the smallest share it can tell apart) cannot express, as percentages. */
export function inexpressible(steps: readonly ScheduleStep[], grain: number): readonly string[] {
  return steps
    .filter(({ share }) => Math.abs(share / grain - Math.round(share / grain)) > 1e-6)
    .map(percentOf);
}

function percentOf({ share }: Pick<ScheduleStep, "share">): string {
  return String(Number((share * 100).toFixed(decimals - 2)));
}
