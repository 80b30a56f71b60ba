import { messageOf } from "#ship/kit";
import type { TargetState } from "../target.ts";

/** When a check is made. */
export interface CheckMoment {
  /** From 1; 0 before any traffic is moved. */
  readonly step: number;
  readonly stepCount: number;
  /** The canary's share, a fraction. */
  readonly share: number;
  /** Whether a person has to approve before the traffic moves on. */
  readonly until?: "approval" | undefined;
  readonly state: TargetState;
}

/**
 * Something besides the metrics that must pass before traffic moves on: a command, an address that must answer, a person.
 * It is begun once a step, and runs beside the gates.
 */
export interface StepCheck {
  readonly name: string;
  concerns(moment: CheckMoment): boolean;
  /**
   * Ends when the check has passed, or with the reason why it failed. May take as long as it likes: the step is held
   * meanwhile, for as long as it may take.
   */
  run(moment: CheckMoment, signal: AbortSignal): Promise<CheckAnswer>;
}

/** How a check ended. */
export type CheckAnswer = { readonly passed: true } | { readonly passed: false; readonly why: string };

/** Where a check stands. A failed one rolls back; one that still runs holds the step. */
export type CheckState =
  | { readonly name: string; readonly status: "waiting" | "passed" }
  | { readonly name: string; readonly status: "failed"; readonly why: string };

/** The checks of one step. */
export interface RunningChecks {
  states(): readonly CheckState[];
  /** Resolves when all have ended. */
  readonly ended: Promise<void>;
  /** Gives up those that still run. */
  stop(): void;
}

/** Begins the checks that concern a moment. What a check throws is why it failed. */
export function beginChecks(
  checks: readonly StepCheck[],
  moment: CheckMoment,
  signal: AbortSignal,
): RunningChecks {
  const stopping = new AbortController();
  const until = AbortSignal.any([signal, stopping.signal]);
  const concerned = checks.filter((check) => check.concerns(moment));
  const states: CheckState[] = concerned.map(({ name }) => ({ name, status: "waiting" }));
  const run = async ({ name, run: work }: StepCheck): Promise<CheckState> => {
    try {
      const answer = await work(moment, until);
      return answer.passed ? { name, status: "passed" } : { name, status: "failed", why: answer.why };
    } catch (error) {
      return { name, status: "failed", why: messageOf(error) };
    }
  };
  const ended = Promise.all(
    concerned.map(async (check, index) => {
      const state = await run(check);
      if (!until.aborted) states[index] = state;
    }),
  );
  return {
    states: () => states,
    ended: ended.then(() => {}),
    stop: () => stopping.abort(),
  };
}

/** The first failed check in words. */
export function failedCheck(states: readonly CheckState[]): string | undefined {
  const failed = states.find((state) => state.status === "failed");
  return failed && `${failed.name}: ${failed.why}`;
}
