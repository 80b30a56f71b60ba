import { afterEach, describe, expect, it } from "@jest/globals";
import {
  exits,
  oneOffTasks,
  runTaskCalls,
  scriptTask,
  taskOnly,
  withTask,
  writeJob,
} from "./run-task-world.ts";
import {
  denied,
  endOf,
  expectServing,
  expired,
  forGood,
  lost,
  nameOf,
  nextImage,
  release,
  reset,
  strike,
  type Trouble,
  throttle,
  unavailable,
} from "./trouble.ts";
import { type CancelAfter, firstImage, type World, type WorldOptions, world } from "./world.ts";

let shop: World;
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

/** A job of one container that ends well, or runs until it is stopped. */
async function job(end: "ends" | "runs", options: WorldOptions = {}) {
  shop = await world(options);
  if (end === "ends") shop.runtime.script("job:1", exits(0));
  const file = writeJob(shop, { job: { image: "job:1" } });
  return (change = {}, cancel?: CancelAfter) => shop.deploy({ ...file, ...taskOnly(change) }, cancel);
}

const running = () => oneOffTasks(shop).filter((task) => task.desiredStatus === "RUNNING");

describe("every call of a one-off task that fails once", () => {
  const troubles: Trouble[] = [throttle, unavailable, reset, lost];
  const cells = ["RunTask", "DescribeTasks", "GetLogEvents", "RegisterTaskDefinition"].flatMap((action) =>
    troubles.map((trouble) => ({ action, trouble, name: nameOf(trouble) })),
  );

  it.each(cells)("is one task that succeeds: $action, $name", async ({ action, trouble }) => {
    const run = await job("ends");
    strike(shop, action, trouble);
    expect(endOf(await run())).toBe("task-succeeded");
    expect(oneOffTasks(shop)).toHaveLength(1);
  });

  it("is one task before a deployment too, and the service follows: RunTask, lost-answer once", async () => {
    shop = await world();
    scriptTask(shop, nextImage, exits(0));
    strike(shop, "RunTask", lost);
    expect(endOf(await shop.deploy({ ...release, ...withTask() }))).toBe("deployed");
    expect(oneOffTasks(shop)).toHaveLength(1);
    await expectServing(shop, nextImage);
  });

  it("is one task though the account shows it late and another startedBy is shared: lost-answer once", async () => {
    const run = await job("ends", { taskConsistencyDelay: 10_000 });
    strike(shop, "RunTask", lost);
    expect(endOf(await run({ startedBy: "nightly" }))).toBe("task-succeeded");
    expect(oneOffTasks(shop)).toHaveLength(1);
    const tokens = runTaskCalls(shop).map((call) => call["clientToken"]);
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
  });
});

describe("a RunTask that fails for good", () => {
  const cells = (
    [
      [forGood(throttle), "SERVICE_UNAVAILABLE"],
      [forGood(unavailable), "SERVICE_UNAVAILABLE"],
      [forGood(reset), "SERVICE_UNAVAILABLE"],
      [denied, "ACCESS_DENIED"],
      [expired, "CREDENTIALS_INVALID"],
    ] as const
  ).map(([trouble, code]) => ({ trouble, code, name: nameOf(trouble) }));

  it.each(cells)("ends failed with $code, and the service is untouched: $name", async ({ trouble, code }) => {
    shop = await world();
    strike(shop, "RunTask", trouble);
    const end = await shop.deploy({ ...release, ...withTask() });
    expect(endOf(end)).toBe(`failed ${code}`);
    expect(end.outcome.failure?.message).toContain("ecs:RunTask");
    expect(oneOffTasks(shop)).toEqual([]);
    expect(shop.aws.calls.of("ecs", "UpdateService")).toEqual([]);
    await expectServing(shop, firstImage);
  });

  it("leaves no task behind though every answer was lost", async () => {
    const run = await job("runs");
    strike(shop, "RunTask", forGood(lost));
    const end = await run({ startedBy: "nightly" });
    expect(endOf(end)).toBe("failed SERVICE_UNAVAILABLE");
    expect(oneOffTasks(shop)).toHaveLength(1);
    expect(running()).toEqual([]);
  });

  it("touches no task of another run with the same startedBy when they cannot be told apart", async () => {
    const run = await job("runs");
    await run({ startedBy: "nightly", after: "go-on" });
    strike(shop, "RunTask", forGood(lost));
    const end = await run({ startedBy: "nightly" });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(/2 tasks with startedBy "nightly".*none was stopped/);
    expect(running()).toHaveLength(2);
  });
});

describe("a look at a one-off task that may not be had", () => {
  it("is named, and the task that nobody can follow is stopped", async () => {
    const run = await job("runs");
    strike(shop, "DescribeTasks", denied);
    const end = await run();
    expect(endOf(end)).toBe("failed ACCESS_DENIED");
    expect(running()).toEqual([]);
    expect(oneOffTasks(shop)[0]?.stoppedReason).toBe("Stopped by deploy-ecs: its run failed");
  });

  it("is waited out when it is an outage", async () => {
    const run = await job("ends");
    strike(shop, "DescribeTasks", forGood(unavailable));
    const begun = shop.time.now();
    shop.aws.calls.follow(() => {
      if (shop.time.now() - begun > 60_000) shop.aws.faults.clear();
    });
    expect(endOf(await run())).toBe("task-succeeded");
  });
});

describe("a task that finds no room", () => {
  /** A job in an account that has room for its services, and then answers each further task with the next reason. */
  async function crowded(end: "ends" | "runs", ...answers: readonly (string | undefined)[]) {
    const left: (string | undefined)[] = [];
    const run = await job(end, { placement: () => left.shift() });
    left.push(...answers);
    return run;
  }

  it("is said with the reason in words, and the service is untouched", async () => {
    const run = await crowded("ends", "RESOURCE:MEMORY");
    const end = await run();
    expect(endOf(end)).toBe("failed TASK_NOT_PLACED");
    expect(end.outcome.failure?.message).toBe(
      "The one-off task was not started: RESOURCE:MEMORY (no container instance has enough free memory).",
    );
    expect(runTaskCalls(shop)).toHaveLength(1);
  });

  it("beside others that did stops those and lists every reason", async () => {
    const run = await crowded("runs", undefined, "AGENT", "RESOURCE:CPU");
    const end = await run({ count: 3 });
    expect(endOf(end)).toBe("failed TASK_NOT_PLACED");
    expect(end.outcome.failure?.message).toMatch(
      /^Only 1 of 3 one-off tasks were started, and it was asked to stop: AGENT \(.*disconnected\); RESOURCE:CPU \(/,
    );
    expect(oneOffTasks(shop)).toHaveLength(1);
    expect(running()).toEqual([]);
  });

  it("for want of Fargate capacity is tried again, as AWS asks", async () => {
    const shortage =
      "Capacity is unavailable at this time. Please try again later or in a different availability zone";
    const run = await crowded("ends", shortage, shortage);
    expect(endOf(await run())).toBe("task-succeeded");
    expect(runTaskCalls(shop)).toHaveLength(3);
    expect(oneOffTasks(shop)).toHaveLength(1);
  });
});

describe("a run that is cancelled", () => {
  it("stops the task at once, and the service is untouched", async () => {
    const run = await job("runs");
    const end = await run({}, { action: "DescribeTasks", nth: 3 });
    expect(endOf(end)).toBe("cancelled CANCELLED");
    expect(oneOffTasks(shop)[0]).toMatchObject({
      desiredStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: "Stopped by deploy-ecs: its run was cancelled",
    });
    expect(end.state.get("one-off-task")).toBe("");
  });

  it("stops several tasks", async () => {
    const run = await job("runs");
    await run({ count: 4 }, { action: "DescribeTasks", nth: 2 });
    expect(oneOffTasks(shop)).toHaveLength(4);
    expect(running()).toEqual([]);
  });

  it("while RunTask is under way leaves no task running", async () => {
    const run = await job("runs");
    const end = await run({}, { action: "RunTask", nth: 1 });
    expect(endOf(end)).toBe("cancelled CANCELLED");
    expect(oneOffTasks(shop)).toHaveLength(1);
    expect(running()).toEqual([]);
  });

  it("while an answer was lost leaves none either, once the post step has looked", async () => {
    const run = await job("runs", { taskConsistencyDelay: 8_000 });
    strike(shop, "RunTask", forGood(lost));
    const end = await run({}, { action: "RunTask", nth: 1 });
    expect(endOf(end)).toMatch(/^cancelled|^failed/);
    shop.aws.faults.clear();
    await end.post();
    expect(oneOffTasks(shop)).toHaveLength(1);
    expect(running()).toEqual([]);
  });

  it("stops the task that it does not wait for while it still deploys", async () => {
    shop = await world();
    const end = await shop.deploy(
      { ...release, ...withTask({ after: "go-on" }) },
      { action: "UpdateService", nth: 1 },
    );
    expect(["cancelled", "rolled-back"]).toContain(end.outputs["result"]);
    expect(running()).toEqual([]);
    await end.post();
    await expectServing(shop, firstImage);
  });

  it("says so when StopTask is refused, and the post step tries again", async () => {
    const run = await job("runs");
    strike(shop, "StopTask", denied);
    const end = await run({}, { action: "DescribeTasks", nth: 3 });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toContain("ecs:StopTask");
    expect(running()).toHaveLength(1);
    shop.aws.faults.clear();
    expect((await end.post()).join("\n")).toMatch(/notice: The one-off task was seen to end/);
    expect(running()).toEqual([]);
  });
});
