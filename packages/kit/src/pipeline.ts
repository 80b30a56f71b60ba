import { graceMilliseconds } from "./cancellation.ts";
import type { Clock } from "./clock.ts";
import { isShipError, messageOf, ShipError, toShipError } from "./errors.ts";
import type { Log } from "./log.ts";

/** What a step is given while it works. */
export interface StepContext {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** One step of a pipeline. State shared between steps lives in the closure that makes them. */
export interface Step {
  readonly name: string;
  /** Looks without touching; each string is a problem that would make the step fail. */
  verify?(context: StepContext): Promise<readonly string[]>;
  /** What the step would do, for a dry run. */
  plan?(context: StepContext): Promise<string>;
  /** Does the work. An answered text is the step's line in the summary. */
  run(context: StepContext): Promise<string | undefined>;
  /** Takes back what `run` did, wholly or in part; idempotent, and called even when `run` failed half-way. */
  undo?(context: StepContext): Promise<void>;
}

/** How one step ended. */
export interface StepReport {
  readonly name: string;
  readonly outcome: "done" | "planned" | "failed" | "not-run" | "undone" | "not-undone";
  readonly detail: string;
  /** Milliseconds. */
  readonly took: number;
}

/** How a pipeline ended. `failure` is present exactly when not everything was done or planned. */
export interface PipelineReport {
  readonly steps: readonly StepReport[];
  readonly failure?: ShipError;
}

/** What a pipeline runs with. */
export interface PipelineOptions {
  readonly mode: "apply" | "plan";
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds for undoing after a failure; a cancellation leaves only the runner's grace time. Ten minutes unless told. */
  readonly undoMilliseconds?: number;
}

/**
 * Verifies all steps side by side and reports every problem at once, then runs them in order.
 * On failure or cancellation it undoes what was begun, in reverse, and says what it could not undo.
 * In `plan` mode nothing runs: each step says what it would do.
 */
export async function runPipeline(steps: readonly Step[], options: PipelineOptions): Promise<PipelineReport> {
  const context = { signal: options.signal, log: options.log };
  const problems = await verifyAll(steps, context);
  if (problems instanceof ShipError) return { steps: steps.map(notRun), failure: problems };
  if (options.mode === "plan")
    return { steps: await Promise.all(steps.map((step) => planned(step, context))) };

  const reports: StepReport[] = [];
  for (const [index, step] of steps.entries()) {
    const begun = options.clock.now();
    try {
      options.signal.throwIfAborted();
      const detail = await options.log.group(step.name, () => step.run(context));
      reports.push({
        name: step.name,
        outcome: "done",
        detail: detail ?? "",
        took: options.clock.now() - begun,
      });
    } catch (error) {
      const failure = toShipError(error);
      const took = options.clock.now() - begun;
      const failed: StepReport = { name: step.name, outcome: "failed", detail: failure.message, took };
      const undone = await undoAll(steps.slice(0, index + 1), [...reports, failed], failure, options);
      return { ...undone, steps: [...undone.steps, ...steps.slice(index + 1).map(notRun)] };
    }
  }
  return { steps: reports };
}

async function verifyAll(steps: readonly Step[], context: StepContext): Promise<ShipError | undefined> {
  const found = await Promise.all(
    steps.map(async (step): Promise<readonly string[] | ShipError> => {
      try {
        const problems = (await step.verify?.(context)) ?? [];
        return problems.map((problem) => `${step.name}: ${problem}`);
      } catch (error) {
        return toShipError(error);
      }
    }),
  );
  const thrown = found.filter(isShipError);
  const problems = found.flatMap((result) => (isShipError(result) ? [] : result));
  const [only] = thrown;
  if (only && thrown.length === 1 && problems.length === 0) return only;
  const all = [...thrown.map((error) => `${error.code}: ${error.message}`), ...problems];
  if (all.length === 0) return undefined;
  const message = `Before anything was changed, ${all.length} problem(s) were found: ${all.join("; ")}`;
  return new ShipError("PREFLIGHT_FAILED", message, { details: all });
}

async function planned(step: Step, context: StepContext): Promise<StepReport> {
  const detail = (await step.plan?.(context)) ?? "";
  return { name: step.name, outcome: "planned", detail, took: 0 };
}

function notRun(step: Step): StepReport {
  return { name: step.name, outcome: "not-run", detail: "", took: 0 };
}

async function undoAll(
  begun: readonly Step[],
  reports: readonly StepReport[],
  failure: ShipError,
  options: PipelineOptions,
): Promise<PipelineReport> {
  const budget = failure.kind === "cancelled" ? graceMilliseconds : (options.undoMilliseconds ?? 600_000);
  const deadline = AbortSignal.timeout(budget);
  const results = [...reports];
  const left: string[] = [];
  for (let index = begun.length - 1; index >= 0; index -= 1) {
    const step = begun[index];
    const report = results[index];
    if (!step?.undo || !report) continue;
    try {
      await options.log.group(`Undo: ${step.name}`, async () =>
        step.undo?.({ signal: deadline, log: options.log }),
      );
      if (report.outcome === "done") results[index] = { ...report, outcome: "undone" };
    } catch (error) {
      left.push(`${step.name}: ${messageOf(error)}`);
      results[index] = {
        ...report,
        outcome: "not-undone",
        detail: `${report.detail} — not undone: ${messageOf(error)}`,
      };
    }
  }
  if (left.length === 0) return { steps: results, failure };
  return {
    steps: results,
    failure: new ShipError("UNDO_INCOMPLETE", `${failure.message} Not undone: ${left.join("; ")}`, {
      cause: failure,
      details: left,
    }),
  };
}
