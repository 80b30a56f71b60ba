import { systemClock } from "#ship/kit";
import { disturb, type Incident } from "../disturbance/index.ts";
import type { ReleasePlan } from "../plan/release-plan.ts";
import type { OwnedProcesses } from "../processes/index.ts";
import type { EndState, RunEnd, Scenario } from "../scenario/index.ts";
import { createTimeline, watchCanary } from "../timeline/index.ts";
import { type Experiences, type Second, startTraffic } from "../traffic/index.ts";
import { buildWorld, candidateShare, inspect, type ShareChange, shareHistory } from "../world/index.ts";
import type { FinishedRun } from "./run.ts";
import { createRuns } from "./runs.ts";

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
  /** In the order of their start. */
  readonly runs: readonly FinishedRun[];
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
  const telling = { start, skipped: plan.skipped };
  const timeline = createTimeline(telling);
  const note = (text: string) => options.say(timeline.note(clock.now(), text));

  note(`${scenario.name}: ${scenario.story}`);
  note(plan.story);
  const world = await buildWorld(options.folder, { owned, scenario, tasks: plan.tasks, say: note }, stack);
  note(`the old release 1.0.0 serves; users come, ${scenario.rate} requests a second`);
  const traffic = startTraffic({ url: world.production.url, rate: scenario.rate });
  stack.defer(async () => {
    await traffic.stop();
  });

  const runs = createRuns({
    ...options,
    world,
    listener(order) {
      const { event } = order === 1 ? timeline : createTimeline({ ...telling, prefix: `run ${order}: ` });
      return (happened) => {
        const line = event(happened);
        if (line !== undefined) options.say(line);
      };
    },
  });
  const { disturbance } = scenario;
  let disturbed: Promise<Incident | undefined> = Promise.resolve(undefined);
  const stopWatching = watchCanary({
    clock,
    traffic,
    share: () => candidateShare(world),
    onLook: (look) => options.say(timeline.look(look)),
    ...(disturbance === undefined
      ? {}
      : {
          reached: {
            at: disturbance.at,
            act() {
              disturbed = disturb(disturbance, { world, clock, runs, note });
            },
          },
        }),
  });
  await runs.start();
  const incident = await disturbed;
  await clock.sleep(afterglow.wait);
  await stopWatching();
  const lately = traffic.snapshot(clock.now() - afterglow.look);
  const users = await traffic.stop();
  const finished = runs.finished();
  const state = await inspect(world, { runs: finished.map(endOf), users, lately, incident });
  return {
    scenario,
    start,
    end: clock.now(),
    runs: finished,
    state,
    users,
    seconds: traffic.seconds(),
    shares: shareHistory(world),
    skipped: plan.skipped,
  };
}

function endOf({ workflow }: FinishedRun): RunEnd {
  const annotations = Object.values(workflow.jobs).flatMap((job) => [
    ...job.annotations,
    ...job.steps.flatMap((step) => step.annotations),
  ]);
  const errors = annotations.filter(({ level }) => level === "error").map(({ message }) => message);
  return { outcome: workflow.result, errors };
}
