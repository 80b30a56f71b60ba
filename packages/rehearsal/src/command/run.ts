import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunEvent, runWorkflow, type WorkflowResult } from "../runner/index.ts";
import {
  environments,
  places,
  repositoryVariables,
  sampleRepository,
  suite,
  type World,
} from "../world/index.ts";
import type { RunsOptions } from "./runs.ts";

/** A run of the sample's workflow that has ended. */
export interface FinishedRun {
  readonly workflow: WorkflowResult;
  /** The HTML page that the run kept of its canary; absent when it had none. */
  readonly canaryReport?: string;
}

/** One run, and who may end it. */
export interface SampleRun extends Pick<RunsOptions, "scenario" | "folder" | "plan" | "owned" | "world"> {
  /** Counts the starts, from 1. */
  readonly order: number;
  /** Counts the runs, from 1; each is of a commit of its own. */
  readonly number: number;
  readonly attempt: number;
  readonly runId: string;
  /** The user's cancel. */
  readonly signal: AbortSignal;
  readonly die: AbortSignal;
  readonly listener: (event: RunEvent) => void;
}

/** Runs the sample's workflow in the world. */
export async function runSample(run: SampleRun): Promise<FinishedRun> {
  const workspace = join(run.folder, `machines-${run.order}`);
  const workflow = await runWorkflow({ ...workflowOptions(run), workspace });
  const [report] = globSync(join(workspace, "_artifacts", "*", "canary-report-*.html"));
  return {
    workflow,
    ...(report === undefined ? {} : { canaryReport: await readFile(report, "utf8") }),
  };
}

function workflowOptions(run: SampleRun) {
  const { scenario, plan, owned, world, number, attempt, runId, signal, die, listener } = run;
  const { aws, repository, production } = world;
  return {
    workflow: repository.workflow,
    repository: {
      name: sampleRepository,
      directory: repository.directory,
      ref: "refs/heads/main",
      sha: commitOf(repository.commit, number),
      defaultBranch: "main",
    },
    event: plan.event,
    inputs: plan.inputs,
    vars: repositoryVariables(aws, plan.image?.(aws.ecr.registry.host)),
    environments: environments(aws, scenario, production, world.databaseUrl),
    repositories: { [suite]: places.dist },
    builtInActions: plan.builtInActions,
    environment: { ...world.stepEnvironment, ...plan.stepEnvironment },
    runId,
    runAttempt: attempt,
    signal,
    listener,
    identity: identityOf(world),
    onProcess: owned.own,
    die,
  } satisfies Omit<Parameters<typeof runWorkflow>[0], "workspace">;
}

/** Later commits have the first one's tree; like it, they are 40 hex digits. */
function commitOf(first: string, number: number): string {
  return number === 1 ? first : createHash("sha1").update(`${first} ${number}`).digest("hex");
}

/** Identity tokens speak for the job that asked last; jobs of the sample run one after the other. */
function identityOf({ aws }: World): NonNullable<Parameters<typeof runWorkflow>[0]["identity"]> {
  return (claims) => {
    aws.oidc.actAs({
      repository: claims.repository,
      ref: claims.ref,
      commit: claims.sha,
      event: claims.eventName,
      jobWorkflowRef: claims.jobWorkflowRef,
      ...(claims.environment === undefined ? {} : { environment: claims.environment }),
    });
    const variables = aws.oidc.environment();
    return {
      requestUrl: variables.ACTIONS_ID_TOKEN_REQUEST_URL,
      requestToken: variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
    };
  };
}
