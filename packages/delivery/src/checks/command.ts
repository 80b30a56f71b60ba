import { type Clock, type Exec, formatDuration, type Log } from "#ship/kit";
import type { CheckMoment, StepCheck } from "../canary/checks.ts";

/** A program that must end with exit code 0. */
export interface CommandCheck {
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...rest: string[]];
  /** What the program inherits. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Milliseconds it may take. */
  readonly timeout: number;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Log;
}

/** Lines of output shown as the reason of a failure. */
const shownLines = 3;

/**
 * Passes when a program ends with 0; run once before any traffic is moved and once a step. It is told of the rollout by
 * SHIP_STEP (0 before any traffic), SHIP_STEPS, SHIP_WEIGHT (percent), SHIP_CANARY, SHIP_STABLE and, where the canary has
 * an address of its own, SHIP_CANARY_ADDRESS.
 */
export function commandCheck(check: CommandCheck): StepCheck {
  const { command, exec, clock, log, timeout } = check;
  const [program, ...rest] = command;
  return {
    name: "gate-command",
    concerns: () => true,
    async run(moment, signal) {
      const limit = new AbortController();
      const expired = new Error(`${program} took longer than ${formatDuration(timeout)}`);
      const waiting = new AbortController();
      clock.sleep(timeout, waiting.signal).then(
        () => limit.abort(expired),
        () => {},
      );
      const lines: string[] = [];
      try {
        const { exitCode } = await exec({
          program,
          arguments: rest,
          directory: check.directory,
          environment: { ...check.environment, ...variablesOf(moment) },
          signal: AbortSignal.any([signal, limit.signal]),
          onLine(line) {
            lines.push(line);
            log.info(`gate-command: ${line}`);
          },
        });
        if (exitCode === 0) return { passed: true };
        const said = lines.filter((line) => line.trim() !== "").slice(-shownLines);
        return { passed: false, why: [`${program} ended with ${exitCode}`, ...said].join(": ") };
      } finally {
        waiting.abort();
      }
    },
  };
}

function variablesOf({ step, stepCount, share, state }: CheckMoment): Record<string, string> {
  const { stable, canary } = state;
  return {
    SHIP_STEP: String(step),
    SHIP_STEPS: String(stepCount),
    SHIP_WEIGHT: String(Number((share * 100).toFixed(6))),
    SHIP_CANARY: canary.name,
    SHIP_STABLE: stable.name,
    ...(canary.address === undefined ? {} : { SHIP_CANARY_ADDRESS: canary.address }),
  };
}
