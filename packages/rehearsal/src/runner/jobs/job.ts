import type { Step, StepsJob } from "../files/workflow-model.ts";
import { evaluate, evaluateText, evaluateTexts } from "../language/expressions.ts";
import type { Annotation, JobResult } from "../results.ts";
import { minutesOf } from "../steps/attempt.ts";
import { type Frame, scopeOf, worsen } from "../steps/frame.ts";
import { runPosts, runPres } from "../steps/phases.ts";
import { displayName, prepareSteps } from "../steps/prepared-step.ts";
import { runRecorded } from "../steps/recorded-step.ts";
import { maskAnnotation } from "../steps/step-recorder.ts";
import { runStep } from "../steps/steps.ts";
import { type JobState, MachineDied } from "./job-state.ts";
import { type JobRequest, type StartedJob, startJob } from "./start-job.ts";

/** Minutes a job may take when it does not say. */
const defaultTimeoutMinutes = 360;

type JobEnd = Omit<JobResult, "permissions" | "started" | "ended" | "annotations">;

/** Runs a job from its first `pre` to its last `post`. Never rejects: what goes wrong is in its result. */
export async function runJob(request: JobRequest): Promise<JobResult> {
  const { run, key, permissions } = request;
  const started = run.clock.now();
  run.emit({ kind: "job-started", job: key, at: started });
  const annotations: Annotation[] = [];
  const annotate = (annotation: Annotation) => {
    annotations.push(annotation);
    run.emit({ kind: "annotation", job: key, step: undefined, annotation, at: run.clock.now() });
  };
  const end = await runToEnd(request, annotate);
  const ended = run.clock.now();
  run.emit({ kind: "job-ended", job: key, result: end.result, at: ended });
  return { ...end, annotations, permissions, started, ended };
}

async function runToEnd(request: JobRequest, annotate: (annotation: Annotation) => void): Promise<JobEnd> {
  const failed: JobEnd = {
    result: "failure",
    outcome: "failure",
    outputs: {},
    steps: [],
    environment: undefined,
    concurrency: null,
  };
  const stop = new AbortController();
  const onCancel = () => stop.abort();
  request.cancel.addEventListener("abort", onCancel, { once: true });
  if (request.cancel.aborted) stop.abort();
  let started: StartedJob | undefined;
  const report = (annotation: Annotation) => {
    annotate(started ? maskAnnotation(annotation, started.state.masker) : annotation);
  };
  try {
    started = startJob({ ...request, cancel: stop.signal });
    return await runStarted(started, request, stop, report);
  } catch (error) {
    report(errorAnnotation(error));
    return { ...failed, steps: started?.state.results ?? [] };
  } finally {
    request.cancel.removeEventListener("abort", onCancel);
    started?.state.groups.kill();
  }
}

async function runStarted(
  { state, environment }: StartedJob,
  { job }: JobRequest,
  stop: AbortController,
  report: (annotation: Annotation) => void,
): Promise<JobEnd> {
  const frame = jobFrame(state);
  stop.signal.addEventListener("abort", () => {
    state.status.current = "cancelled";
  });
  const minutes = minutesOf(job.timeoutMinutes, scopeOf(frame)) ?? defaultTimeoutMinutes;
  const finished = new AbortController();
  void state.run.clock.sleep(minutes * 60_000, finished.signal).then(
    () => {
      report(errorAnnotation(`The job has exceeded the maximum execution time of ${minutes}m0s`));
      stop.abort();
    },
    () => undefined,
  );
  try {
    await runSteps(job.steps, frame, report);
    return endOf(frame, job, environment, report);
  } finally {
    finished.abort();
  }
}

function jobFrame(state: JobState): Frame {
  return {
    job: state,
    origin: state.origin,
    inputs: state.contexts["inputs"] ?? null,
    env: {},
    github: {},
    steps: new Map(),
    status: state.status,
    cancel: state.cancel,
    depth: 0,
  };
}

/** Actions that cannot be found end the job before its first step, but not before its posts. */
async function runSteps(
  steps: readonly Step[],
  frame: Frame,
  report: (annotation: Annotation) => void,
): Promise<void> {
  const prepared = prepareSteps(steps);
  try {
    await runPres(prepared, frame);
    for (const each of prepared) {
      const name = displayName(each.step, scopeOf(frame));
      await runRecorded(frame.job, { name, id: each.step.id, phase: "main" }, (recorder) =>
        runStep(each, frame, recorder),
      );
    }
  } catch (error) {
    if (error instanceof MachineDied) throw error;
    report(errorAnnotation(error));
    worsen(frame.status, "failure");
  }
  await runPosts(frame);
}

/** What a finished job hands on. Outputs that hold a secret are left out, and empty ones. */
function endOf(
  frame: Frame,
  job: StepsJob,
  environment: string | undefined,
  report: (annotation: Annotation) => void,
): JobEnd {
  const { job: state } = frame;
  const scope = scopeOf(frame);
  const outcome = state.status.current;
  const tolerated = job.continueOnError !== undefined && evaluate(job.continueOnError, scope) === true;
  const outputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(evaluateTexts(job.outputs, scope))) {
    if (state.masker.mask(value) !== value) {
      report({
        level: "warning",
        message: `Skip output '${name}' since it may contain secret.`,
        properties: {},
      });
    } else if (value !== "") outputs[name] = value;
  }
  const url = evaluateText(job.environment?.url, scope);
  return {
    outcome,
    result: outcome === "failure" && tolerated ? "success" : outcome,
    outputs,
    steps: state.results,
    environment:
      environment === undefined
        ? undefined
        : { name: environment, url: url ? state.masker.mask(url) : undefined },
    concurrency: job.concurrency ? evaluate(job.concurrency, scope) : null,
  };
}

function errorAnnotation(error: unknown): Annotation {
  return { level: "error", message: error instanceof Error ? error.message : String(error), properties: {} };
}
