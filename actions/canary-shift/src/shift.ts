import { excessErrors, planSummary, prepareRollout, rollOut, rolloutSummary, settle } from "#ship/delivery";
import type { ActionOutcome, Run } from "#ship/kit";
import { checksOf } from "./checks.ts";
import { writeEvidence } from "./evidence.ts";
import type { ShiftInputs } from "./inputs.ts";
import { keepingOf, warnOfMissingTimer } from "./keeping.ts";
import { open } from "./open.ts";
import { settingsOf } from "./settings.ts";

/** The state by which `post` learns that the traffic is not where it shall stay. */
const unsettled = "unsettled";
/** Milliseconds the runner leaves to post steps after a cancellation, less a margin to report in. */
const postBudget = 270_000;

/** Moves the traffic as the inputs say. */
export async function shift(inputs: ShiftInputs, run: Run): Promise<ActionOutcome> {
  const opened = await open(inputs, run);
  const { target, metrics } = opened;
  warnOfMissingTimer(opened, inputs, run);
  const report = await rollOut(settingsOf(inputs), {
    target,
    metrics: await metrics(),
    clock: run.clock,
    log: run.log,
    signal: run.signal,
    onCancel: (makeSafe) => run.cancellation.onCancel(makeSafe),
    checks: checksOf(inputs, run),
    keeping: keepingOf(opened, inputs, run),
    unsettled: (isUnsettled) => run.saveState(unsettled, String(isUnsettled)),
  });
  const files = await writeEvidence(report, inputs, run);
  return {
    outputs: {
      result: report.result,
      reason: report.reason,
      step: report.step,
      weight: Number((report.share * 100).toFixed(2)),
      ...files,
      "bad-requests": excessErrors(report.bins, report.stableErrorShare),
      duration: Math.round((report.ended - report.begun) / 1_000),
    },
    summary: rolloutSummary(report),
    ...(report.failure ? { failure: report.failure } : {}),
  };
}

/** Says what would be done; reads only. */
export async function plan(inputs: ShiftInputs, run: Run): Promise<ActionOutcome> {
  const { target, metrics, permissions } = await open(inputs, run);
  const settings = settingsOf(inputs);
  const prepared = await prepareRollout(settings, {
    target,
    metrics: await metrics(),
    now: run.clock.now(),
    signal: run.signal,
  });
  const summary = planSummary(settings, prepared, {
    permissions,
    jobLimit: inputs["job-timeout"],
  });
  run.log.info(summary);
  return {
    outputs: { result: "planned", weight: Number((prepared.state.split.canary * 100).toFixed(2)) },
    summary,
  };
}

/** Brings back what an unfinished `main` left behind. */
export async function settleLeftovers(inputs: ShiftInputs, run: Run): Promise<void> {
  if (run.state(unsettled) !== "true") return;
  const opened = await open(inputs, run);
  const keeping = keepingOf(opened, inputs, run);
  await settle(opened.target, { clock: run.clock, log: run.log, budget: postBudget, keeping });
}
