import {
  excessErrors,
  foreseeStart,
  planSummary,
  prepareRollout,
  type RolloutReport,
  rollOut,
  rolloutSummary,
  settle,
} from "#ship/delivery";
import { type ActionOutcome, markdown, type Run } from "#ship/kit";
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
  const begun = run.clock.now();
  const report = await lead(inputs, run).catch((error: unknown) => {
    // Only what happens before the first shift is thrown.
    const duration = Math.round((run.clock.now() - begun) / 1_000);
    run.setOutputs({ step: 0, "bad-requests": 0, duration });
    throw error;
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

async function lead(inputs: ShiftInputs, run: Run): Promise<RolloutReport> {
  const opened = await open(inputs, run);
  warnOfMissingTimer(opened, inputs, run);
  return rollOut(settingsOf(inputs), {
    target: opened.target,
    metrics: await opened.metrics(),
    clock: run.clock,
    log: run.log,
    signal: run.signal,
    onCancel: (makeSafe) => run.cancellation.onCancel(makeSafe),
    checks: checksOf(inputs, run),
    keeping: keepingOf(opened, inputs, run),
    unsettled: (isUnsettled) => run.saveState(unsettled, String(isUnsettled)),
  });
}

/** Says what would be done; reads only. */
export async function plan(inputs: ShiftInputs, run: Run): Promise<ActionOutcome> {
  const opened = await open(inputs, run);
  const { target, permissions } = opened;
  const settings = settingsOf(inputs);
  const [metrics, now, { signal }] = [await opened.metrics(), run.clock.now(), run];
  const prepared = await prepareRollout(settings, { target, metrics, now, signal });
  const keeping = keepingOf(opened, inputs, run);
  const look = { ...prepared, settings, target, metrics, now, signal };
  const start = keeping && (await foreseeStart(keeping, look));
  const planned = planSummary(settings, prepared, {
    permissions,
    jobLimit: inputs["job-timeout"],
  });
  const summary = markdown.page(planned, start);
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
