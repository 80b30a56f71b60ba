import { randomUUID } from "node:crypto";
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
import type { RehearsalOptions } from "./rehearse.ts";

/** A run of the sample's workflow that has ended. */
export interface FinishedRun {
  readonly workflow: WorkflowResult;
  /** The HTML page that the run kept of its canary; absent when it had none. */
  readonly canaryReport?: string;
}

/** Who may end a run, and who listens to it. */
export interface RunControls {
  /** The user's cancel. */
  readonly signal: AbortSignal;
  readonly listener: (event: RunEvent) => void;
}

/** Runs the sample's workflow in the world. */
export async function startRun(
  options: RehearsalOptions,
  world: World,
  controls: RunControls,
): Promise<FinishedRun> {
  const workspace = join(options.folder, "machines");
  const workflow = await runWorkflow({ ...workflowOptions(options, world), ...controls, workspace });
  const [report] = globSync(join(workspace, "_artifacts", "*", "canary-report-*.html"));
  return {
    workflow,
    ...(report === undefined ? {} : { canaryReport: await readFile(report, "utf8") }),
  };
}

function workflowOptions({ scenario, plan, owned, die }: RehearsalOptions, world: World) {
  const { aws, repository, production } = world;
  return {
    workflow: repository.workflow,
    repository: {
      name: sampleRepository,
      directory: repository.directory,
      ref: "refs/heads/main",
      sha: repository.commit,
      defaultBranch: "main",
    },
    event: plan.event,
    inputs: plan.inputs,
    vars: repositoryVariables(aws, plan.image?.(aws.ecr.registry.host)),
    environments: environments(aws, scenario, production, world.databaseUrl),
    repositories: { [suite]: places.dist },
    builtInActions: plan.builtInActions,
    environment: { ...world.stepEnvironment, ...plan.stepEnvironment },
    runId: String(Number.parseInt(randomUUID().slice(0, 8), 16)),
    identity: identityOf(world),
    onProcess: owned.own,
    die,
  } satisfies Omit<Parameters<typeof runWorkflow>[0], "workspace">;
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
