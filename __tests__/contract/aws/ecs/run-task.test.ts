import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  exits,
  oneOffTasks,
  quoted,
  runTaskCalls,
  scriptTask,
  taskOnly,
  withTask,
  writeJob,
} from "./run-task-world.ts";
import { endOf, nextImage, release } from "./trouble.ts";
import { firstImage, usual, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

describe("a one-off task before a deployment", () => {
  it("runs the new revision with the service's network and launch type, and the service follows", async () => {
    scriptTask(shop, nextImage, exits(0, "migrating", "done"));
    const end = await shop.deploy({ ...release, ...withTask({ command: ["migrate", "--all"] }) });
    expect(endOf(end)).toBe("deployed");
    const [task, another] = oneOffTasks(shop);
    expect(another).toBeUndefined();
    expect(task?.definition.arn).toBe(end.outputs["task-definition-arn"]);
    expect(JSON.parse(String(end.outputs["run-task-arn"]))).toEqual([task?.arn]);
    expect(end.outputs["run-task-exit-code"]).toBe(0);
    const service = await shop.service("shop-blue");
    expect(runTaskCalls(shop)).toMatchObject([
      {
        cluster: "production",
        launchType: service["launchType"],
        networkConfiguration: service["networkConfiguration"],
        overrides: { containerOverrides: [{ name: "api", command: ["migrate", "--all"] }] },
      },
    ]);
    expect(quoted(end)).toEqual(["quote: api │ migrating", "quote: api │ done"]);
    const actions = shop.aws.calls.all.map((call) => call.action);
    expect(actions.indexOf("RunTask")).toBeGreaterThan(actions.indexOf("RegisterTaskDefinition"));
    expect(actions.indexOf("RunTask")).toBeLessThan(actions.indexOf("UpdateService"));
  });

  it("that fails leaves the service untouched and says why", async () => {
    shop.runtime.script(nextImage, exits(3, "no such table"));
    const end = await shop.deploy({ ...release, ...withTask() });
    expect(endOf(end)).toBe("failed TASK_FAILED");
    expect(end.outcome.failure?.message).toBe("The container api ended with exit code 3.");
    expect(end.outcome.failure?.details.join("\n")).toContain("no such table");
    expect(end.outputs["run-task-exit-code"]).toBe(3);
    expect(end.outcome.summary).toContain("no such table");
    expect(shop.aws.calls.of("ecs", "UpdateService")).toEqual([]);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});

describe("a one-off task without a service", () => {
  it("is the whole run: registered, run, task-succeeded", async () => {
    shop.runtime.script("job:1", exits(0));
    const end = await shop.deploy({ ...writeJob(shop, { job: { image: "job:1" } }), ...taskOnly() });
    expect(endOf(end)).toBe("task-succeeded");
    expect(runTaskCalls(shop)[0]).not.toHaveProperty("launchType");
    expect(runTaskCalls(shop)[0]).not.toHaveProperty("capacityProviderStrategy");
    expect(end.outputs["console-url"]).toMatch(/\/clusters\/production\/tasks\/[0-9a-f]{32}\//);
  });
});

describe("a one-off task in an account that is throttled", () => {
  it("is looked at less often", async () => {
    shop.runtime.script("job:1", { does: "exits", afterMs: 60_000, code: 0, lines: [] });
    shop.aws.faults.add({ action: "DescribeTasks", nth: 1, fault: { kind: "throttle" } });
    const end = await shop.deploy({ ...writeJob(shop, { job: { image: "job:1" } }), ...taskOnly() });
    expect(endOf(end)).toBe("task-succeeded");
    const [, first = 0, second = 0] = shop.aws.calls.of("ecs", "DescribeTasks").map(({ at }) => at);
    expect(second - first).toBe(2 * usual.waiting.every);
  });
});

describe("the verdict of a one-off task", () => {
  const job = (change = {}) => shop.deploy({ ...jobFile, ...taskOnly(change) });
  let jobFile: ReturnType<typeof writeJob>;
  const containers = (first: object, second: object) => {
    jobFile = writeJob(shop, {
      first: { image: "job:1", ...first },
      second: { image: "job:2", ...second },
    });
  };

  it("is the first essential container's: a sidecar that fails changes nothing", async () => {
    containers({ essential: false }, {});
    shop.runtime.script("job:1", { does: "exits", afterMs: 1_000, code: 9 });
    shop.runtime.script("job:2", exits(0));
    const end = await job();
    expect(endOf(end)).toBe("task-succeeded");
    expect(end.outputs["run-task-exit-code"]).toBe(0);
  });

  it("is the named container's, whose exit code differs from the others'", async () => {
    containers({}, {});
    shop.runtime.script("job:1", { does: "exits", afterMs: 20_000, code: 0 });
    shop.runtime.script("job:2", exits(4));
    const end = await job({ container: "second" });
    expect(endOf(end)).toBe("failed TASK_FAILED");
    expect(end.outcome.failure?.message).toBe("The container second ended with exit code 4.");
    expect(end.outputs["run-task-exit-code"]).toBe(4);
  });

  it("comes when a named container that is not essential ends, and the rest of its task is stopped", async () => {
    containers({}, { essential: false });
    shop.runtime.script("job:2", exits(0));
    const end = await job({ container: "second" });
    expect(endOf(end)).toBe("task-succeeded");
    expect(oneOffTasks(shop)[0]).toMatchObject({
      lastStatus: "STOPPED",
      stoppedReason: "The container second has ended",
    });
  });

  it("names the sidecar that took the main container down", async () => {
    containers({}, {});
    shop.runtime.script("job:2", exits(7));
    const end = await job();
    expect(end.outcome.failure?.message).toBe(
      "The container first ended with exit code 143 (ended by SIGTERM): the container second ended with exit code 7.",
    );
  });

  it("says in words why a container never ran", async () => {
    containers({}, {});
    shop.runtime.script("job:1", { does: "pull-failure" });
    const end = await job();
    expect(endOf(end)).toBe("failed TASK_FAILED");
    expect(end.outcome.failure?.message).toMatch(
      /^The container first never ran: CannotPullContainerError: .*TaskFailedToStart: it failed to start/,
    );
    expect(end.outputs["run-task-exit-code"]).toBeUndefined();
  });

  it("is a failure when Spot capacity is taken back", async () => {
    containers({}, {});
    shop.aws.calls.follow((call) => {
      const [task] = oneOffTasks(shop);
      if (call.action === "DescribeTasks" && task?.lastStatus === "RUNNING")
        shop.aws.ecs.interrupt(task, {
          code: "SpotInterruption",
          reason: "Your Spot Task was interrupted.",
        });
    });
    const end = await job();
    expect(end.outcome.failure?.message).toMatch(
      /^The container first ended with exit code 143.*Your Spot Task was interrupted\..*SpotInterruption: its Spot capacity was taken back/,
    );
  });

  it("cannot be had for a task that vanished, which ends the wait", async () => {
    containers({}, {});
    const begun = shop.time.now();
    shop.aws.calls.follow((call) => {
      const [task] = oneOffTasks(shop);
      if (call.action === "DescribeTasks" && task?.lastStatus === "RUNNING")
        shop.aws.ecs.state.tasks.delete(task.arn);
    });
    const end = await job();
    expect(endOf(end)).toBe("failed TASK_FAILED");
    expect(end.outcome.failure?.message).toMatch(/no longer knows the task arn:.*MISSING/);
    expect(shop.time.now() - begun).toBeLessThan(120_000);
  });

  it("is a timeout when the time has passed; the task is stopped, and that is said", async () => {
    containers({}, {});
    const end = await shop.deploy({
      ...jobFile,
      ...taskOnly(),
      waiting: { every: 5_000, timeout: 120_000 },
    });
    expect(endOf(end)).toBe("failed TASK_TIMEOUT");
    expect(end.outcome.failure?.message).toMatch(
      /^The one-off task did not end within 2 min: [0-9a-f]{8} is RUNNING\. It was asked to stop\.$/,
    );
    expect(oneOffTasks(shop)[0]).toMatchObject({
      desiredStatus: "STOPPED",
      stoppedReason: "Stopped by deploy-ecs: wait-for-minutes has passed",
    });
    expect(end.state.get("one-off-task")).toBe("");
  });

  it("is not waited for when nobody wants it, and the task goes on", async () => {
    containers({}, {});
    const end = await job({ after: "go-on" });
    expect(endOf(end)).toBe("registered");
    const [task] = oneOffTasks(shop);
    expect(JSON.parse(String(end.outputs["run-task-arn"]))).toEqual([task?.arn]);
    expect(task?.desiredStatus).toBe("RUNNING");
    expect(end.state.get("one-off-task")).toBe("");
  });

  it("counts every one of several tasks", async () => {
    containers({}, {});
    shop.runtime.script("job:1", exits(0, "one line"));
    const end = await job({ count: 3 });
    expect(endOf(end)).toBe("task-succeeded");
    expect(oneOffTasks(shop)).toHaveLength(3);
    expect(JSON.parse(String(end.outputs["run-task-arn"]))).toHaveLength(3);
    expect(quoted(end)).toHaveLength(3);
  });
});
