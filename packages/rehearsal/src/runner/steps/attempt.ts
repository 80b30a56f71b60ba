import { MachineDied } from "../jobs/job-state.ts";
import { evaluate, evaluateTexts, holds, type Scope } from "../language/expressions.ts";
import type { Condition, Template } from "../language/templates.ts";
import { asText } from "../language/value.ts";
import type { Outcome } from "../results.ts";
import { type Frame, scopeOf } from "./frame.ts";
import type { StepRecorder } from "./step-recorder.ts";

/** What a step does when its condition holds. */
export interface Task {
  readonly name: string;
  readonly condition: Condition | undefined;
  readonly env: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly continueOnError: Template | undefined;
  work(context: WorkContext): Promise<WorkEnd>;
}

/** What the work of a step is given. */
export interface WorkContext {
  readonly frame: Frame;
  readonly recorder: StepRecorder;
  readonly scope: Scope;
  /** The step's own environment, on top of the job's. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when the step shall end: cancelled or timed out. */
  readonly cancel: AbortSignal;
}

export interface WorkEnd {
  readonly outcome: "success" | "failure";
  readonly outputs: Readonly<Record<string, string>>;
}

export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly conclusion: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs a task as the runner runs any step: `if`, `env`, `timeout-minutes`, the work, `continue-on-error`.
 * A cancel evaluates `if` again and interrupts the work only when it no longer holds.
 * Throws {@link MachineDied} when the machine died meanwhile; every other failure is an outcome.
 */
export async function attempt(task: Task, frame: Frame, recorder: StepRecorder): Promise<AttemptEnd> {
  const skipped: AttemptEnd = { outcome: "skipped", conclusion: "skipped", outputs: {} };
  let end: AttemptEnd;
  try {
    if (!holds(task.condition, scopeOf(frame))) return skipped;
    const env = { ...frame.env, ...evaluateTexts(task.env, scopeOf(frame)) };
    end = await withinLimits(task, frame, recorder, env);
    if (end.outcome === "failure" && task.continueOnError) {
      const tolerated = evaluate(task.continueOnError, scopeOf(frame, env)) === true;
      if (tolerated) end = { ...end, conclusion: "success" };
    }
  } catch (error) {
    if (error instanceof MachineDied) throw error;
    recorder.error(error instanceof Error ? error.message : String(error));
    end = { outcome: "failure", conclusion: "failure", outputs: {} };
  }
  if (frame.job.die.aborted) throw new MachineDied();
  return end;
}

async function withinLimits(
  task: Task,
  frame: Frame,
  recorder: StepRecorder,
  env: Readonly<Record<string, string>>,
): Promise<AttemptEnd> {
  const stop = new AbortController();
  const ended = new AbortController();
  let timedOut = false;
  const onCancel = () => {
    if (!stillHolds(task.condition, scopeOf(frame, env))) stop.abort();
  };
  if (!frame.cancel.aborted) frame.cancel.addEventListener("abort", onCancel, { once: true });
  const minutes = minutesOf(task.timeoutMinutes, scopeOf(frame, env));
  if (minutes !== undefined) {
    void frame.job.run.clock.sleep(minutes * 60_000, ended.signal).then(
      () => {
        timedOut = true;
        stop.abort();
      },
      () => undefined,
    );
  }
  try {
    const end = await task.work({ frame, recorder, scope: scopeOf(frame, env), env, cancel: stop.signal });
    if (timedOut) return timeoutEnd(task.name, minutes, end, recorder);
    const outcome = stop.signal.aborted ? "cancelled" : end.outcome;
    return { outcome, conclusion: outcome, outputs: end.outputs };
  } finally {
    ended.abort();
    frame.cancel.removeEventListener("abort", onCancel);
  }
}

function timeoutEnd(
  name: string,
  minutes: number | undefined,
  end: WorkEnd,
  recorder: StepRecorder,
): AttemptEnd {
  recorder.error(`The action '${name}' has timed out after ${minutes} minutes.`);
  return { outcome: "failure", conclusion: "failure", outputs: end.outputs };
}

function stillHolds(condition: Condition | undefined, scope: Scope): boolean {
  try {
    return holds(condition, scope);
  } catch {
    return false;
  }
}

/** The value of a `timeout-minutes`; undefined without one. Throws when it is no number above 0. */
export function minutesOf(template: Template | undefined, scope: Scope): number | undefined {
  if (!template) return undefined;
  const text = asText(evaluate(template, scope));
  const minutes = Number(text);
  if (text.trim() === "" || !Number.isFinite(minutes) || minutes <= 0) {
    throw new Error(`timeout-minutes is '${text}'; accepted: a number of minutes above 0`);
  }
  return minutes;
}
