import type { CallJob, Job } from "../files/workflow-model.ts";
import { evaluate, evaluateText, evaluateTexts, type Scope } from "../language/expressions.ts";
import { isMapping, type Value } from "../language/value.ts";
import { readCallInputs } from "../loading/inputs.ts";
import { combine, type JobResult } from "../results.ts";
import { runJob } from "./job.ts";
import type { JobEnd } from "./job-scope.ts";
import type { WorkflowCall } from "./jobs.ts";

/** One combination of a job that shall run now. */
export interface InstanceRequest {
  readonly call: WorkflowCall;
  readonly job: Job;
  readonly key: string;
  /** github, inputs, vars, needs, strategy, matrix. */
  readonly contexts: Readonly<Record<string, Value>>;
  readonly cancel: AbortSignal;
}

/** Runs a job with steps on a machine of its own, or the workflow a job calls. Rejects when a call is wrong. */
export async function runInstance(
  { call, job, key, contexts, cancel }: InstanceRequest,
  runCalled: (called: WorkflowCall) => Promise<ReadonlyMap<string, JobEnd>>,
): Promise<JobResult> {
  const { run, loaded, secrets } = call;
  const permissions = loaded.permissions.get(job.id) ?? new Map();
  if (job.kind === "steps") return runJob({ run, loaded, job, key, contexts, secrets, permissions, cancel });
  const started = run.clock.now();
  run.emit({ kind: "job-started", job: key, at: started });
  const scope = { contexts: { ...contexts, secrets }, functions: {} };
  const called = calledWorkflow(job, key, call, scope, cancel);
  const ends = await runCalled(called);
  const result = combine([...ends.values()].map((end) => end.result));
  const jobs = Object.fromEntries(
    [...ends].map(([id, end]) => [id, { result: end.result, outputs: end.outputs }]),
  );
  const outputScope = { contexts: { ...contexts, inputs: called.inputs, jobs }, functions: {} };
  const declared = called.loaded.file.triggers.call?.outputs ?? [];
  const outputs = declared.map(({ name, value }) => [name, evaluateText(value, outputScope) ?? ""] as const);
  const ended = run.clock.now();
  run.emit({ kind: "job-ended", job: key, result, at: ended });
  return {
    result,
    outcome: result,
    outputs: Object.fromEntries(outputs),
    steps: [],
    annotations: [],
    environment: undefined,
    concurrency: job.concurrency ? evaluate(job.concurrency, scope) : null,
    permissions,
    started,
    ended,
  };
}

function calledWorkflow(
  job: CallJob,
  key: string,
  call: WorkflowCall,
  scope: Scope,
  cancel: AbortSignal,
): WorkflowCall {
  const loaded = call.loaded.calls.get(job.id);
  if (!loaded) throw new Error(`'${job.uses}' was not loaded`);
  const given = job.with ? evaluate(job.with, scope) : {};
  const definitions = loaded.file.triggers.call?.inputs ?? [];
  const inputs = readCallInputs(definitions, isMapping(given) ? given : {}, scope);
  if (!inputs.ok) throw new Error(`'${job.uses}': ${inputs.problems.join("; ")}`);
  const secrets = job.secrets === "inherit" ? call.secrets : evaluateTexts(job.secrets, scope);
  return { run: call.run, loaded, prefix: `${key}/`, inputs: inputs.values, secrets, cancel };
}
