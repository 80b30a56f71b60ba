import { expect } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { type Way, ways } from "./deploy-ways.ts";
import { type DeployWorld, type Inputs, openDeployWorld } from "./deploy-world.ts";
import { printed } from "./image-world.ts";
import type { StepOptions, StepResult } from "./runner-step.ts";

/** As the runner does after every step, whatever became of it. */
export const withPost = { post: "run" } as const;
const password = "open-sesame-4711";

const open = ({ status }: { readonly status: string }) =>
  !/^(SUCCESSFUL|STOPPED|ROLLBACK_SUCCESSFUL)$/.test(status);

export type Made = Awaited<ReturnType<typeof standing>>["made"];

/** Waits until nothing moves any more, and answers what there is. */
export async function standing(world: DeployWorld, way: Way) {
  const { families, services } = world.aws.ecs.state;
  const all = [...services.values()];
  await eventually(
    "the account to come to rest",
    () =>
      all.every(
        ({ serviceDeployments, deployments }) => deployments.length < 2 && !serviceDeployments.some(open),
      ) && world.oneOffTasks().every(({ lastStatus }) => lastStatus === "STOPPED"),
    20_000,
  );
  for (const { name } of all) await world.settled(name);
  return {
    serves: [...new Set(world.images(way.service ?? "shop"))].join() || "nothing",
    marks: all
      .flatMap(({ tags }) => tags.map(({ key }) => String(key)))
      .filter((key) => key.startsWith("ship:")),
    made: {
      revisions: [...families.values()].reduce((sum, { revisions }) => sum + revisions.length, 0),
      services: all.length,
      tasks: world.oneOffTasks().length,
      deployments: all.reduce((sum, { serviceDeployments }) => sum + serviceDeployments.length, 0),
      codeDeployments: world.aws.calls.of("codedeploy", "CreateDeployment").filter(({ applied }) => applied)
        .length,
    },
  };
}

type RunWay = (more?: Partial<StepOptions>) => Promise<StepResult>;

/** Does something in a world where the action takes this way; told how it is run there, and how the next run is. */
export async function inWorldOf<T>(
  way: Way,
  doing: (world: DeployWorld, run: RunWay, runNext: RunWay) => Promise<T>,
): Promise<T> {
  await using world = await openDeployWorld(way.layout);
  await way.prepare?.(world);
  refuse(world, way);
  const given = { "environment-variables": `PASSWORD=${password}`, ...(await way.inputs?.(world)) };
  const { cancelledAt } = way;
  const fate = cancelledAt !== undefined && { interruptWhen: () => world.sent(cancelledAt).length > 0 };
  const run = async (inputs: Inputs, more: Partial<StepOptions> = {}) => {
    const step = await world.deploy(inputs, more);
    expectTruth(step, world);
    return step;
  };
  return await doing(
    world,
    (more = {}) => run(given, { ...fate, ...more }),
    () => run({ ...given, ...way.next }, { environment: { GITHUB_RUN_ID: "1002" } }),
  );
}

/** Only what belongs to the world goes wrong from now on. */
export function refuse({ aws }: DeployWorld, { denied = [] }: Way): void {
  aws.faults.clear();
  for (const action of denied) aws.faults.add({ action, fault: { kind: "denied" } });
}

const green = ["deployed", "unchanged", "task-succeeded"];

/** Whatever happened: the exit code is that of the result, one annotation says why, and nothing secret is said. */
function expectTruth(step: StepResult, world: DeployWorld): void {
  const isOver = step.exitCode !== null;
  expect([step.exitCode, step.errors.length]).toEqual(
    !isOver ? [null, 0] : green.includes(step.outputs["result"] ?? "") ? [0, 0] : [1, 1],
  );
  const said = [step, ...(step.post ? [step.post] : [])].map((each) => printed(each) + each.summary).join();
  expect(said + JSON.stringify(step.outputs)).not.toMatch(secrets);
  if (step.post) expect([step.post.exitCode, ...step.post.errors]).toEqual([0]);
  expect(step.tookToStop ?? 0).toBeLessThan(7_500);
  expect([...new Set(world.writes())].filter((action) => !known.has(action))).toEqual([]);
}

const known = new Set(ways.flatMap(({ calls }) => calls));
const secrets = new RegExp(`${password}|simulated-secret-access-key`);

/** The end of a way that nothing befell; made once. */
const undisturbed = new Map<Way, ReturnType<typeof leftAlone>>();
export function endOf(way: Way): ReturnType<typeof leftAlone> {
  const end = undisturbed.get(way) ?? leftAlone(way);
  undisturbed.set(way, end);
  return end;
}
function leftAlone(way: Way) {
  return inWorldOf(way, async (world, run) => {
    const { outputs } = await run(withPost);
    return { result: outputs["result"], calls: world.writes(), world: await standing(world, way) };
  });
}
