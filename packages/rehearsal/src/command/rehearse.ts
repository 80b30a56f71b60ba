import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { systemClock } from "#ship/kit";
import type { ReleasePlan } from "../plan/release-plan.ts";
import type { OwnedProcesses } from "../processes/index.ts";
import { runWorkflow, type WorkflowResult } from "../runner/index.ts";
import type { EndState, Scenario } from "../scenario/index.ts";
import { createTimeline, watchCanary } from "../timeline/index.ts";
import { type Experiences, type Second, startTraffic } from "../traffic/index.ts";
import {
  buildWorld,
  candidateShare,
  environments,
  inspect,
  places,
  repositoryVariables,
  type ShareChange,
  sampleRepository,
  shareHistory,
  suite,
  type World,
} from "../world/index.ts";

/** Requests per second that users send to production. */
const rate = 100;
/** How long traffic goes on after the workflow, and how much of that counts as "at the end", in milliseconds. */
const afterglow = { wait: 3_000, look: 2_000 };

/** What a rehearsal is given. */
export interface RehearsalOptions {
  readonly scenario: Scenario;
  readonly folder: string;
  readonly plan: ReleasePlan;
  readonly owned: OwnedProcesses;
  /** Stops what the rehearsal starts. */
  readonly stack: AsyncDisposableStack;
  /** The rehearsal ends at once: no step runs on. */
  readonly die: AbortSignal;
  readonly say: (line: string) => void;
}

/** Everything a finished rehearsal knows. */
export interface Rehearsal {
  readonly scenario: Scenario;
  readonly start: number;
  readonly end: number;
  readonly workflow: WorkflowResult;
  readonly state: EndState;
  readonly users: Experiences;
  readonly seconds: readonly Second[];
  readonly shares: readonly ShareChange[];
  readonly skipped: ReleasePlan["skipped"];
}

/** Builds the world, sends users to it, runs the workflow in it, and looks at what became of it. */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { scenario, plan, owned, stack } = options;
  const clock = systemClock;
  const start = clock.now();
  const timeline = createTimeline({ start, skipped: plan.skipped });
  const note = (text: string) => options.say(timeline.note(clock.now(), text));

  note(`${scenario.name}: ${scenario.story}`);
  note(plan.story);
  const world = await buildWorld(options.folder, { owned, tasks: plan.tasks, say: note }, stack);
  note("the old release 1.0.0 serves; users come, 100 requests a second");
  const traffic = startTraffic({ url: world.production.url, rate });
  stack.defer(async () => {
    await traffic.stop();
  });

  const cancel = new AbortController();
  const stopWatching = watchCanary({
    clock,
    traffic,
    share: () => candidateShare(world),
    onLook: (look) => options.say(timeline.look(look)),
    ...(scenario.cancelAt === undefined
      ? {}
      : {
          reached: {
            at: scenario.cancelAt,
            act() {
              note("somebody cancels the run");
              cancel.abort();
            },
          },
        }),
  });
  const workflow = await runWorkflow({
    ...workflowOptions(options, world),
    signal: cancel.signal,
    listener(event) {
      const line = timeline.event(event);
      if (line !== undefined) options.say(line);
    },
  });
  await clock.sleep(afterglow.wait);
  await stopWatching();
  const lately = traffic.snapshot(clock.now() - afterglow.look);
  const users = await traffic.stop();
  const state = await inspect(world, { workflow: workflow.result, users, lately });
  return {
    scenario,
    start,
    end: clock.now(),
    workflow,
    state,
    users,
    seconds: traffic.seconds(),
    shares: shareHistory(world),
    skipped: plan.skipped,
  };
}

function workflowOptions({ scenario, folder, plan, owned, die }: RehearsalOptions, world: World) {
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
    workspace: join(folder, "machines"),
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
  } satisfies Parameters<typeof runWorkflow>[0];
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
