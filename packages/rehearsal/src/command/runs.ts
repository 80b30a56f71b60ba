import type { ReleasePlan } from "../plan/release-plan.ts";
import type { OwnedProcesses } from "../processes/index.ts";
import type { RunEvent } from "../runner/index.ts";
import type { Scenario } from "../scenario/index.ts";
import type { World } from "../world/index.ts";
import { type FinishedRun, runSample } from "./run.ts";

/** The runs of one rehearsal, which people start, end and start again. */
export interface Runs {
  /** Starts a run of the newest commit; resolves when it has ended. */
  start(): Promise<void>;
  /** Starts the run of that number (from 1) again, as its next attempt. */
  startAgain(number: number): Promise<void>;
  /** Cancels all that are under way. */
  cancel(): void;
  /** The machines of all that are under way die. */
  kill(): void;
  /** In the order of their start; ask when all have ended. */
  finished(): readonly FinishedRun[];
}

/** What runs are made of. */
export interface RunsOptions {
  readonly scenario: Scenario;
  readonly folder: string;
  readonly plan: ReleasePlan;
  readonly owned: OwnedProcesses;
  readonly world: World;
  /** No step runs on. */
  readonly die: AbortSignal;
  /** Makes what is told of the events of a run; `order` counts the starts, from 1. */
  listener(order: number): (event: RunEvent) => void;
}

/** The number GitHub would have given the first run. */
const firstRunId = 1001;

/** Creates {@link Runs}; none is started yet. */
export function createRuns(options: RunsOptions): Runs {
  const { die } = options;
  const ended: (FinishedRun | undefined)[] = [];
  const attempts: number[] = [];
  let underWay = { cancel: new AbortController(), death: new AbortController() };

  const run = async (number: number): Promise<void> => {
    const attempt = (attempts[number - 1] ?? 0) + 1;
    attempts[number - 1] = attempt;
    const order = ended.push(undefined);
    const { cancel, death } = underWay;
    ended[order - 1] = await runSample({
      ...options,
      order,
      number,
      attempt,
      runId: String(firstRunId + number - 1),
      signal: cancel.signal,
      die: AbortSignal.any([die, death.signal]),
      listener: options.listener(order),
    });
  };
  const endUnderWay = (how: "cancel" | "death") => {
    underWay[how].abort();
    underWay = { cancel: new AbortController(), death: new AbortController() };
  };

  return {
    start: () => run(attempts.length + 1),
    startAgain: run,
    cancel: () => endUnderWay("cancel"),
    kill: () => endUnderWay("death"),
    finished: () => ended.filter((one) => one !== undefined),
  };
}
