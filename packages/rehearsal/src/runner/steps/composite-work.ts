import { evaluateText } from "../language/expressions.ts";
import { warnAboutInputs } from "./action-inputs.ts";
import type { WorkContext, WorkEnd } from "./attempt.ts";
import { type CompositeUse, compositeFrame } from "./composite-frame.ts";
import { type Frame, scopeOf } from "./frame.ts";
import type { PreparedStep } from "./prepared-step.ts";
import type { StepRecorder } from "./step-recorder.ts";

/** Runs the steps of a composite action in order; its outputs are evaluated when they have ended. */
export async function runComposite(
  use: CompositeUse,
  context: WorkContext,
  runStep: (step: PreparedStep, frame: Frame, recorder: StepRecorder) => Promise<unknown>,
): Promise<WorkEnd> {
  const { recorder } = context;
  warnAboutInputs(use.found.action, use.with, context.scope, recorder);
  const inner = compositeFrame(use, context);
  const onCancel = () => {
    inner.status.current = "cancelled";
  };
  inner.cancel.addEventListener("abort", onCancel, { once: true });
  try {
    for (const step of use.steps) await runStep(step, inner, recorder);
  } finally {
    inner.cancel.removeEventListener("abort", onCancel);
  }
  const outputs = use.runs.outputs.map(
    ({ name, value }) => [name, evaluateText(value, scopeOf(inner)) ?? ""] as const,
  );
  return {
    outcome: inner.status.current === "success" ? "success" : "failure",
    outputs: Object.fromEntries(outputs),
  };
}
