import { mkdirSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { systemClock } from "#ship/kit";
import { downloadArtifact, uploadArtifact } from "./built-in/artifacts.ts";
import type { BuiltInAction } from "./built-in/built-in-action.ts";
import { checkout } from "./built-in/checkout.ts";
import { defaultPermissions } from "./files/permissions.ts";
import { runJobs } from "./jobs/jobs.ts";
import { evaluate, evaluateText } from "./language/expressions.ts";
import { Problems } from "./language/problems.ts";
import { isMapping, toValue, type Value, type ValueMapping } from "./language/value.ts";
import { createActionStore } from "./loading/actions.ts";
import { readDispatchInputs } from "./loading/inputs.ts";
import { type LoadedWorkflow, loadWorkflow } from "./loading/load.ts";
import { commitOf, type Origin } from "./loading/references.ts";
import { whyNotTriggered } from "./loading/triggers.ts";
import type { WorkflowOptions } from "./options.ts";
import { runnerTimings } from "./processes/process.ts";
import { runGithubContext } from "./protocol/github-context.ts";
import { combine, type WorkflowResult } from "./results.ts";
import type { RunState } from "./run-state.ts";

const never = new AbortController().signal;
/** Actions that need GitHub itself. */
const standardActions: Readonly<Record<string, BuiltInAction>> = {
  "actions/checkout": checkout,
  "actions/upload-artifact": uploadArtifact,
  "actions/download-artifact": downloadArtifact,
};

/**
 * Runs a workflow file as GitHub would, on this machine.
 * Throws {@link WorkflowError} before anything runs when a file is wrong, uses something this runner does not have,
 * is not triggered by the event, or is given wrong inputs. Everything later is in the result.
 */
export async function runWorkflow(options: WorkflowOptions): Promise<WorkflowResult> {
  const origin = originOf(options);
  const workflow = prepare(options, origin);
  const { loaded, actions } = workflow;
  const payload = payloadOf(options);
  const token = options.token ?? "ghs_rehearsalrehearsalrehearsalrehearsal";
  const runId = options.runId ?? "1";
  const github = runGithubContext(options, origin, { workflow: loaded, payload, token, runId });
  const vars = options.vars ?? {};
  const scope = { contexts: { github, vars }, functions: {} };
  const inputs = inputsOf(loaded, options, scope.contexts);
  const run: RunState = {
    options,
    origin,
    github,
    payload,
    vars,
    token,
    runId,
    artifacts: join(resolve(options.workspace), "_artifacts"),
    actions,
    clock: options.clock ?? systemClock,
    timings: options.timings ?? runnerTimings,
    node: options.node ?? process.execPath,
    die: options.die ?? never,
    results: new Map(),
    emit: (event) => options.listener?.(event),
  };
  mkdirSync(run.artifacts, { recursive: true });
  const secrets = { ...options.secrets, GITHUB_TOKEN: token };
  const cancel = options.signal ?? never;
  const ends = await runJobs({ run, loaded, prefix: "", inputs, secrets, cancel });
  const named = { contexts: { ...scope.contexts, inputs }, functions: {} };
  const { concurrency, runName, name } = loaded.file;
  return {
    name,
    runName: evaluateText(runName, named) ?? name,
    result: combine([...ends.values()].map((end) => end.result)),
    concurrency: concurrency ? evaluate(concurrency, named) : null,
    jobs: Object.fromEntries(run.results),
  };
}

/** Reads and checks a workflow with all it uses, without running it. Throws {@link WorkflowError} with every problem. */
export function checkWorkflow(options: WorkflowOptions): void {
  prepare(options, originOf(options));
}

function prepare(options: WorkflowOptions, origin: Origin) {
  const problems = new Problems();
  const repositories = options.repositories ?? {};
  const actions = createActionStore(repositories, { ...standardActions, ...options.builtInActions });
  const path = isAbsolute(options.workflow) ? relative(origin.directory, options.workflow) : options.workflow;
  const granted = options.permissions ?? defaultPermissions;
  const loading = { repositories, actions, sources: origin.directory, problems };
  const loaded = loadWorkflow(path, origin, granted, loading);
  if (loaded) {
    const event = {
      name: options.event.name,
      ref: origin.ref,
      payload: toValue(options.event.payload ?? {}),
    };
    const reason = whyNotTriggered(loaded.file.triggers, event);
    if (reason !== undefined) problems.add(loaded.file.triggers.at, reason);
  }
  problems.throwIfAny();
  if (!loaded) throw new Error(`${path}: cannot be read`);
  return { loaded, actions };
}

function originOf({ repository }: WorkflowOptions): Origin {
  const ref = repository.ref ?? "refs/heads/main";
  return {
    repository: repository.name,
    ref,
    sha: repository.sha ?? commitOf(`${repository.name}@${ref}`, ref),
    directory: resolve(repository.directory),
    label: "",
  };
}

function payloadOf({ event, inputs, repository }: WorkflowOptions): Value {
  const payload = toValue(event.payload ?? {});
  const [owner = "", name = ""] = repository.name.split("/");
  const about = {
    repository: {
      name,
      full_name: repository.name,
      owner: { login: owner },
      default_branch: repository.defaultBranch ?? "main",
    },
  };
  const texts = Object.fromEntries(Object.entries(inputs ?? {}).map(([key, value]) => [key, String(value)]));
  return {
    ...about,
    ...(event.name === "workflow_dispatch" ? { inputs: texts } : {}),
    ...(isMapping(payload) ? payload : {}),
  };
}

function inputsOf(
  loaded: LoadedWorkflow,
  options: WorkflowOptions,
  contexts: Record<string, Value>,
): ValueMapping {
  const { triggers } = loaded.file;
  const problems = new Problems();
  const definitions = options.event.name === "workflow_dispatch" ? triggers.dispatchInputs : [];
  const inputs = readDispatchInputs(definitions, options.inputs ?? {}, { contexts, functions: {} });
  if (!inputs.ok) for (const problem of inputs.problems) problems.add(triggers.at, problem);
  problems.throwIfAny();
  return inputs.ok ? inputs.values : {};
}
