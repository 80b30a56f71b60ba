import { type AttemptEnd, attempt, type Task, type WorkContext, type WorkEnd } from "./attempt.ts";
import { runBuiltIn } from "./built-in-work.ts";
import { runComposite } from "./composite-work.ts";
import { type Frame, scopeOf, worsen } from "./frame.ts";
import { runNode } from "./node-work.ts";
import { registerPost } from "./phases.ts";
import { displayName, type PreparedStep, prepareSteps, resolveAction } from "./prepared-step.ts";
import { runShell } from "./shell-work.ts";
import type { StepRecorder } from "./step-recorder.ts";

/** Runs one step of a frame and takes its end into the frame's `steps` context and status. */
export async function runStep(
  prepared: PreparedStep,
  frame: Frame,
  recorder: StepRecorder,
): Promise<AttemptEnd> {
  const { step } = prepared;
  const task: Task = {
    name: displayName(step, scopeOf(frame)),
    condition: step.condition,
    env: step.env,
    timeoutMinutes: step.timeoutMinutes,
    continueOnError: step.continueOnError,
    work: (context) => runWork(prepared, context),
  };
  const end = await attempt(task, frame, recorder);
  if (step.id !== undefined) {
    const { outputs, outcome, conclusion } = end;
    frame.steps.set(step.id, { outputs, outcome, conclusion });
  }
  worsen(frame.status, end.conclusion);
  return end;
}

async function runWork(prepared: PreparedStep, context: WorkContext): Promise<WorkEnd> {
  const { work } = prepared.step;
  if (work.kind === "run") return runShell(work, prepared.actionName, context);
  const found = resolveAction(work, context.frame);
  if (found.kind === "built-in") return runBuiltIn(found.run, work.with, prepared.actionName, context);
  const { runs } = found.action;
  if (runs.kind === "composite") {
    prepared.inner ??= prepareSteps(runs.steps);
    const use = { found, runs, with: work.with, steps: prepared.inner, actionName: prepared.actionName };
    return runComposite(use, context, runStep);
  }
  prepared.use ??= { found, runs, with: work.with, actionName: prepared.actionName, state: new Map() };
  registerPost(prepared.use, prepared.step, context.frame);
  return runNode(prepared.use, "main", context);
}
