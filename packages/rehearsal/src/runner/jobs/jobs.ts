import type { Job } from "../files/workflow-model.ts";
import { evaluate, holds, type Scope } from "../language/expressions.ts";
import { asText, type ValueMapping } from "../language/value.ts";
import type { LoadedWorkflow } from "../loading/load.ts";
import { follow } from "../processes/abort.ts";
import { limiter } from "../processes/limiter.ts";
import { type Annotation, combine, type JobResult, type Outcome } from "../results.ts";
import type { RunState } from "../run-state.ts";
import { runInstance } from "./instance.ts";
import { type JobEnd, jobScope } from "./job-scope.ts";
import { combinationLabel, combinations } from "./matrix.ts";

/** A workflow as it is run once: by the event, or by a job that calls it. */
export interface WorkflowCall {
  readonly run: RunState;
  readonly loaded: LoadedWorkflow;
  /** Put before the keys of its jobs: empty, or `server/`. */
  readonly prefix: string;
  readonly inputs: ValueMapping;
  readonly secrets: Readonly<Record<string, string>>;
  readonly cancel: AbortSignal;
}

/** Runs every job when what it needs has ended; independent ones at once. Never rejects. */
export async function runJobs(call: WorkflowCall): Promise<ReadonlyMap<string, JobEnd>> {
  const { jobs } = call.loaded.file;
  const ends = new Map<string, JobEnd>();
  const running = new Map<string, Promise<void>>();
  const start = (job: Job): Promise<void> => {
    const known = running.get(job.id);
    if (known) return known;
    const needs = job.needs.flatMap((id) => jobs.get(id) ?? []);
    const work = Promise.all(needs.map(start)).then(async () => {
      ends.set(job.id, await runWhenNeeded(job, call, ends));
    });
    running.set(job.id, work);
    return work;
  };
  await Promise.all([...jobs.values()].map(start));
  return ends;
}

async function runWhenNeeded(
  job: Job,
  call: WorkflowCall,
  ends: ReadonlyMap<string, JobEnd>,
): Promise<JobEnd> {
  const { run } = call;
  const contexts = { github: run.github, inputs: call.inputs, vars: run.vars };
  const scope = jobScope(job, call.loaded.file.jobs, ends, call.cancel, contexts);
  try {
    if (!holds(job.condition, scope)) return skip(job, call);
    return await runCombinations(job, call, scope);
  } catch (error) {
    return refuse(job, call, error instanceof Error ? error.message : String(error));
  }
}

/** Runs a job once per combination of its matrix. A cancel spares it while its `if` still holds. */
async function runCombinations(job: Job, call: WorkflowCall, scope: Scope): Promise<JobEnd> {
  const { strategy } = job;
  const matrix = combinations(strategy?.matrix ? evaluate(strategy.matrix, scope) : null);
  const failFast = strategy?.failFast ? evaluate(strategy.failFast, scope) !== false : true;
  const parallel = strategy?.maxParallel
    ? Number(asText(evaluate(strategy.maxParallel, scope)))
    : matrix.length;
  if (!(parallel >= 1))
    throw new Error(`strategy.max-parallel is '${parallel}'; accepted: a number of at least 1`);
  const cancel = follow(call.cancel, () => spared(job, scope));
  const others = new AbortController();
  const stop = AbortSignal.any([cancel.signal, others.signal]);
  const within = limiter(parallel);
  const outputs: Record<string, string> = {};
  const runOne = async (combination: ValueMapping, index: number): Promise<JobResult["result"]> => {
    const key = `${call.prefix}${job.id}${combinationLabel(combination)}`;
    if (stop.aborted) return record(call, key, "cancelled").result;
    const strategyContext = {
      "fail-fast": failFast,
      "job-index": index,
      "job-total": matrix.length,
      "max-parallel": parallel,
    };
    const contexts = { ...scope.contexts, matrix: combination, strategy: strategyContext };
    const result = await runInstance({ call, job, key, contexts, cancel: stop }, runJobs);
    call.run.results.set(key, result);
    if (result.result === "failure" && failFast) others.abort();
    for (const [name, value] of Object.entries(result.outputs)) if (value !== "") outputs[name] = value;
    return result.result;
  };
  const results = await Promise.all(
    matrix.map((combination, index) => within(() => runOne(combination, index))),
  );
  cancel.dispose();
  return { result: combine(results), outputs };
}

function spared(job: Job, scope: Scope): boolean {
  try {
    return holds(job.condition, scope);
  } catch {
    return false;
  }
}

function skip(job: Job, call: WorkflowCall): JobEnd {
  return record(call, `${call.prefix}${job.id}`, "skipped");
}

function refuse(job: Job, call: WorkflowCall, message: string): JobEnd {
  const key = `${call.prefix}${job.id}`;
  const annotation: Annotation = { level: "error", message, properties: {} };
  call.run.emit({ kind: "annotation", job: key, step: undefined, annotation, at: call.run.clock.now() });
  return record(call, key, "failure", [annotation]);
}

/** The result of a job that never started. */
function record(
  call: WorkflowCall,
  key: string,
  result: Outcome,
  annotations: readonly Annotation[] = [],
): JobResult {
  const { run } = call;
  const at = run.clock.now();
  const ended: JobResult = {
    result,
    outcome: result,
    outputs: {},
    steps: [],
    annotations,
    environment: undefined,
    concurrency: null,
    permissions: new Map(),
    started: at,
    ended: at,
  };
  run.results.set(key, ended);
  run.emit({ kind: "job-ended", job: key, result, at });
  return ended;
}
