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
import { firstImage, type World, world } from "./world.ts";

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
