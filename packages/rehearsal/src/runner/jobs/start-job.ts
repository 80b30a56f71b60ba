import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { join, resolve } from "node:path";
import type { Permissions } from "../files/permissions.ts";
import type { StepsJob } from "../files/workflow-model.ts";
import { evaluate, evaluateText, evaluateTexts, type Scope } from "../language/expressions.ts";
import { asText, isMapping, isSequence, members, type Value } from "../language/value.ts";
import type { LoadedWorkflow } from "../loading/load.ts";
import type { IdentityEndpoint } from "../options.ts";
import { createProcessGroups } from "../processes/process-groups.ts";
import { workflowRef } from "../protocol/github-context.ts";
import { createMasker } from "../protocol/masking.ts";
import type { RunState } from "../run-state.ts";
import type { JobFolders, JobState } from "./job-state.ts";

/** One job of the run, or one combination of its matrix. */
export interface JobRequest {
  readonly run: RunState;
  readonly loaded: LoadedWorkflow;
  readonly job: StepsJob;
  readonly key: string;
  /** github, inputs, needs, strategy, matrix. */
  readonly contexts: Readonly<Record<string, Value>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly permissions: Permissions;
  readonly cancel: AbortSignal;
}

/** A job that is ready for its first step. */
export interface StartedJob {
  readonly state: JobState;
  readonly environment: string | undefined;
}

/** Sets a machine up for a job: folders, contexts, environment, identity. Throws when a value cannot be evaluated. */
export function startJob(request: JobRequest): StartedJob {
  const { run, loaded, job } = request;
  const before = { ...request.contexts, vars: run.vars, secrets: request.secrets };
  const runsOn = evaluate(job.runsOn, scope(before));
  const folders = createFolders(request);
  const environment = evaluateText(job.environment?.name, scope(before)) || undefined;
  const chosen = environment === undefined ? undefined : run.options.environments?.[environment];
  const secrets: Record<string, string> = { ...request.secrets, ...chosen?.secrets, GITHUB_TOKEN: run.token };
  const vars = { ...run.vars, ...chosen?.vars };
  const debug = secrets["ACTIONS_STEP_DEBUG"] === "true" || vars["ACTIONS_STEP_DEBUG"] === "true";
  const github = {
    ...members(request.contexts["github"]),
    job: job.id,
    workspace: folders.workspace,
    event_path: join(folders.temp, "event.json"),
    job_workflow_sha: loaded.origin.sha,
  };
  writeFileSync(github.event_path, JSON.stringify(run.payload));
  const runner: Record<string, Value> = {
    name: "rehearsal",
    os: operatingSystem(runsOn),
    arch: arch() === "arm64" ? "ARM64" : "X64",
    temp: folders.temp,
    tool_cache: folders.toolCache,
    environment: "github-hosted",
    ...(debug ? { debug: "1" } : {}),
  };
  const contexts = { ...before, github, vars, secrets, runner };
  const workflowEnv = evaluateTexts(loaded.file.env, scope(contexts));
  const env = { ...workflowEnv, ...evaluateTexts(job.env, scope({ ...contexts, env: workflowEnv })) };
  const identity = identityOf(request, environment);
  const defaults = {
    shell: job.defaults.shell ?? loaded.file.defaults.shell,
    workingDirectory: job.defaults.workingDirectory ?? loaded.file.defaults.workingDirectory,
  };
  const masker = createMasker([...Object.values(secrets), ...(identity ? [identity.requestToken] : [])]);
  const state: JobState = {
    run,
    key: request.key,
    folders,
    masker,
    groups: createProcessGroups(`github_${randomUUID()}`),
    contexts,
    defaults,
    identity,
    origin: loaded.origin,
    job: {
      workflow_ref: workflowRef(loaded),
      workflow_sha: loaded.origin.sha,
      workflow_repository: loaded.origin.repository,
      workflow_file_path: loaded.path,
    },
    status: { current: "success" },
    cancel: request.cancel,
    // A machine that starts after the others have died is a new one.
    die: run.die.aborted ? new AbortController().signal : run.die,
    env: new Map(Object.entries(env)),
    paths: [],
    posts: [],
    results: [],
    debug,
  };
  return { state, environment };
}

function scope(contexts: Readonly<Record<string, Value>>): Scope {
  return { contexts, functions: {} };
}

function createFolders({ run, key }: JobRequest): JobFolders {
  const root = resolve(run.options.workspace, folderName(key));
  if (existsSync(root)) {
    throw new Error(
      `the folder '${root}' is there already; a run needs a workspace that no other run has used`,
    );
  }
  const [, name = "repository"] = run.origin.repository.split("/");
  const folders = {
    workspace: join(root, name, name),
    temp: join(root, "_temp"),
    toolCache: join(root, "_tool"),
    commands: join(root, "_temp", "_runner_file_commands"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  return folders;
}

/** The key where it can be a folder's name, else made into one that no other key has. */
function folderName(key: string): string {
  const plain = key.replace(/[^a-zA-Z0-9_-]+/g, "-");
  return plain === key ? key : `${plain}-${createHash("sha1").update(key).digest("hex").slice(0, 8)}`;
}

function operatingSystem(runsOn: Value): string {
  const labels = isMapping(runsOn) ? (runsOn["labels"] ?? null) : runsOn;
  const names = (isSequence(labels) ? labels : [labels]).map((label) => asText(label).toLowerCase());
  if (names.some((name) => name.startsWith("windows"))) {
    throw new Error(`runs-on '${names.join(", ")}': Windows is not supported by this runner`);
  }
  return names.some((name) => name.startsWith("macos")) ? "macOS" : "Linux";
}

function identityOf(request: JobRequest, environment: string | undefined): IdentityEndpoint | undefined {
  const { run, loaded, permissions } = request;
  if (permissions.get("id-token") !== "write") return undefined;
  return run.options.identity?.({
    repository: run.origin.repository,
    ref: run.origin.ref,
    sha: run.origin.sha,
    environment,
    workflowRef: asText(run.github["workflow_ref"] ?? ""),
    jobWorkflowRef: workflowRef(loaded),
    actor: asText(run.github["actor"] ?? ""),
    eventName: asText(run.github["event_name"] ?? ""),
    runId: run.runId,
  });
}
