import { afterEach, describe, expect, it } from "@jest/globals";
import { type World, world } from "./world.ts";

let web: World;
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

const asked = {
  members: { healthCheckGracePeriodSeconds: 90, propagateTags: "SERVICE", enableECSManagedTags: true },
  configuration: { maximumPercent: 150 },
};
/** What UpdateService may change of a service that CodeDeploy deploys. */
const settings = async () => {
  const [service] = (
    (await web.aws.call("ecs", "DescribeServices", { cluster: "production", services: ["web"] })) as {
      services: Record<string, unknown>[];
    }
  ).services;
  const { desiredCount, healthCheckGracePeriodSeconds = 0, propagateTags } = service ?? {};
  const { enableECSManagedTags, deploymentConfiguration } = service ?? {};
  return {
    desiredCount,
    healthCheckGracePeriodSeconds,
    propagateTags,
    enableECSManagedTags,
    deploymentConfiguration,
  };
};

describe("settings beside the revision", () => {
  it("are changed with it, each once, and are no change the next time", async () => {
    web = await world();
    const end = await web.deploy({ desired: 3, asked });
    expect(end.report.failure).toBeUndefined();
    expect(await settings()).toMatchObject({
      desiredCount: 3,
      ...asked.members,
      deploymentConfiguration: { maximumPercent: 150 },
    });
    expect(web.aws.calls.of("ecs", "UpdateService")).toHaveLength(1);
    expect((await web.deploy({ desired: 3, asked })).journal.change).toBe("nothing");
  });

  it.each([
    { end: "the revision fails", trouble: "unhealthy" },
    { end: "the deployment is refused", trouble: "denied" },
    { end: "the run is cancelled", trouble: "cancel" },
  ] as const)("are as before when $end", async ({ trouble }) => {
    web = await world();
    const before = await settings();
    if (trouble === "unhealthy") web.runtime.script("web:2", { does: "pull-failure" });
    if (trouble === "denied") web.aws.faults.add({ action: "CreateDeployment", fault: { kind: "denied" } });
    const cancel = { action: "GetDeployment", nth: 3 };
    const end = await web.deploy({ desired: 4, asked }, trouble === "cancel" ? { cancel } : {});
    expect(end.report.failure).toBeDefined();
    await end.post();
    expect(await settings()).toEqual(before);
    expect((await web.taskSets())[0]).toBe("web:1 PRIMARY");
  });
});

describe("a number of tasks alone", () => {
  it("counts once the tasks run", async () => {
    web = await world();
    await web.deploy();
    const end = await web.deploy({ desired: 3 });
    expect(end.journal.change).toBe("scale");
    expect(web.running()).toEqual(["web:2", "web:2", "web:2"]);
    expect(end.report.steps.at(-1)?.detail).toBe("3 tasks run web:2");
  });

  it("fails with the reason and is taken back when the tasks do not come up", async () => {
    web = await world();
    await web.deploy();
    web.runtime.script("web:2", { does: "pull-failure" });
    const end = await web.deploy({ desired: 3 });
    expect(end.report.failure?.code).toBe("DEPLOYMENT_FAILED");
    expect(end.report.failure?.message).toMatch(/CannotPullContainerError/);
    expect(await settings()).toMatchObject({ desiredCount: 2 });
  });
});
