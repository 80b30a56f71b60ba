import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { exits, oneOffTasks, runTaskCalls, scriptTask, taskOnly, withTask } from "./run-task-world.ts";
import { denied, endOf, nextImage, release, strike } from "./trouble.ts";
import { cluster, definition, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const later = "20991231T235959Z";
const before = "19991231T235959Z";

/** A task of the family `shop` that runs until it is stopped, unless told; answers how it stands. */
async function leave(startedBy: string, image = "left:1") {
  await shop.aws.call("ecs", "RegisterTaskDefinition", definition(image));
  const { tasks } = await shop.aws.call("ecs", "RunTask", {
    cluster,
    taskDefinition: "shop",
    startedBy,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
  });
  const arn = String((tasks as JsonObject[])[0]?.["taskArn"]);
  await shop.time.advance(60_000);
  return () => shop.aws.ecs.state.tasks.get(arn);
}

/** A one-off task before a deployment of `shop-blue`, as the workflow run 1001. */
function run(change: Parameters<World["deploy"]>[0] = {}) {
  scriptTask(shop, nextImage, exits(0));
  const waiting = { every: 30_000, timeout: 1_800_000 };
  return shop.deploy({ ...release, ...withTask(), waiting, ...change });
}
const ourStart = () => oneOffTasks(shop).at(-1)?.createdAt ?? 0;

describe("a one-off task that a dead run left running", () => {
  it.each([
    ["of an earlier attempt of this run", `GitHub-Actions/1001/0/0a1b2c3d/${later}`],
    ["of a run that would have stopped it by now", `GitHub-Actions/77/1/0a1b2c3d/${before}`],
  ])("is stopped before ours starts: %s", async (_what, startedBy) => {
    const task = await leave(startedBy);
    const { outcome, log } = await run(taskOnly());
    expect(outcome.outputs?.["result"]).toBe("task-succeeded");
    expect(task()?.lastStatus).toBe("STOPPED");
    expect(task()?.stoppedReason).toBe("Stopped by deploy-ecs: the run that started it died");
    expect(task()?.stoppedAt).toBeLessThanOrEqual(ourStart());
    expect(log.join("\n")).toMatch(/one-off task \w+ of shop:2, started by run \d+.* That run died/);
  });

  it("is told by what the run itself wrote when it died, and stopped once its time is up", async () => {
    await shop.die({ ...release, ...taskOnly() }, { action: "GetLogEvents", applied: true });
    const [orphan] = oneOffTasks(shop);
    expect(orphan?.desiredStatus).toBe("RUNNING");
    await shop.time.advance(2_000_000);
    expect(endOf(await run(taskOnly()))).toBe("task-succeeded");
    expect(orphan?.lastStatus).toBe("STOPPED");
    expect(oneOffTasks(shop)).toHaveLength(2);
  });
});

describe("a one-off task of another run that may be alive", () => {
  const alive = `GitHub-Actions/77/1/0a1b2c3d/${later}`;

  it("is waited for before the service's next one starts", async () => {
    shop.runtime.script("left:1", exits(0));
    const task = await leave(alive);
    shop.runtime.script("left:2", { does: "exits", afterMs: 300_000, code: 0 });
    const slow = await leave(alive, "left:2");
    const { outcome, log } = await run();
    expect(outcome.failure).toBeUndefined();
    expect(task()?.stopCode).toBe("EssentialContainerExited");
    expect(slow()?.stopCode).toBe("EssentialContainerExited");
    expect(slow()?.stoppedAt).toBeLessThanOrEqual(ourStart());
    expect(log.join("\n")).toContain("It is waited for (`on-conflict: wait`).");
  });

  it.each([
    ["that goes on when the time is up", { onConflict: "wait" }, 1],
    ["that is not to be waited for", { onConflict: "fail" }, 0],
  ] as const)("keeps ours from starting: one %s", async (_what, policy, registered) => {
    const task = await leave(alive);
    const end = await run(policy);
    expect(endOf(end)).toBe("failed DEPLOYMENT_IN_PROGRESS");
    expect(end.outcome.failure?.message).toContain("started by run 77, still runs.");
    expect(task()?.desiredStatus).toBe("RUNNING");
    expect(runTaskCalls(shop)).toEqual([]);
    expect(shop.aws.calls.of("ecs", "RegisterTaskDefinition")).toHaveLength(registered);
    expect(shop.aws.calls.of("ecs", "UpdateService")).toEqual([]);
  });

  it.each([
    ["where ours is to start beside it", alive, { onConflict: "supersede" }],
    ["where there is no service that both would be for", alive, taskOnly()],
    ["that nobody waits for", "GitHub-Actions/77/1/0a1b2c3d", {}],
    ["that somebody else started", "nightly/1", {}],
    ["of this very run, in another job", `GitHub-Actions/1001/1/0a1b2c3d/${later}`, {}],
  ] as const)("is left alone %s", async (_what, startedBy, change) => {
    const task = await leave(startedBy);
    const { outcome } = await run(change);
    expect(outcome.failure).toBeUndefined();
    expect(task()?.desiredStatus).toBe("RUNNING");
  });
});

it("a role that may not list tasks is told what it cannot see, and the task runs", async () => {
  strike(shop, "ListTasks", denied);
  const { outcome, log } = await run(taskOnly());
  expect(outcome.outputs?.["result"]).toBe("task-succeeded");
  expect(log.join("\n")).toMatch(
    /Whether a run that died has left a one-off task cannot be seen.*ecs:ListTasks/,
  );
});
