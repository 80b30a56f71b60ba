import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ServiceWishes } from "#ship/aws";
import { endOf, expectServing, nextImage, release } from "./trouble.ts";
import { cluster, firstImage, serviceTarget, type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const updates = () => shop.aws.calls.of("ecs", "UpdateService").map((call) => call.input);
const wish = (wishes: Partial<ServiceWishes>) => ({ target: serviceTarget(wishes) });

describe("settings of the service", () => {
  it("are sent as they were asked for, and nothing else", async () => {
    const members = { enableExecuteCommand: true, propagateTags: "SERVICE" };
    expect(endOf(await shop.deploy(wish({ members })))).toBe("deployed");
    expect(updates()).toEqual([{ cluster, service: "shop-blue", ...members }]);
  });

  it("that are there already are unchanged, so that the same commit run again writes nothing", async () => {
    const members = {
      enableExecuteCommand: true,
      propagateTags: "SERVICE",
      healthCheckGracePeriodSeconds: 30,
      placementConstraints: [],
      serviceConnectConfiguration: { enabled: false },
      networkConfiguration: (await shop.service("shop-blue"))["networkConfiguration"],
    };
    const configuration = { strategy: "ROLLING", minimumHealthyPercent: 50 };
    expect(endOf(await shop.deploy(wish({ members, configuration })))).toBe("deployed");
    expect(endOf(await shop.deploy(wish({ members, configuration })))).toBe("unchanged");
    expect(updates()).toHaveLength(1);
    for (const member of ["networkConfiguration", "placementConstraints", "serviceConnectConfiguration"])
      expect(updates()[0]).not.toHaveProperty(member);
  });

  it("given as null stay", async () => {
    expect(endOf(await shop.deploy(wish({ members: { enableExecuteCommand: null } })))).toBe("unchanged");
  });

  it("given as an empty list are removed, which is a deployment of the same revision", async () => {
    const end = await shop.deploy(wish({ members: { loadBalancers: [] } }));
    expect(endOf(end)).toBe("deployed");
    expect(updates()).toEqual([{ cluster, service: "shop-blue", loadBalancers: [] }]);
    expect((await shop.service("shop-blue"))["loadBalancers"]).toEqual([]);
    expect(end.outputs["service-deployment-arn"]).toBeDefined();
  });

  it("that come with a release that fails go back with it where they belong to the revision", async () => {
    const before = (await shop.service("shop-blue"))["loadBalancers"];
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    shop.aws.faults.add({ action: "StopServiceDeployment", fault: { kind: "denied" } });
    const end = await shop.deploy({ ...release, ...wish({ members: { loadBalancers: [] } }) });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect((await shop.service("shop-blue"))["loadBalancers"]).toEqual(before);
    await expectServing(shop, firstImage);
  });

  it("are named with the nearest member when Amazon ECS does not know them, before anything is called", async () => {
    const calls = shop.aws.calls.all.length;
    const members = {
      enableExecuteComand: true,
      networkConfiguration: { awsvpcConfiguration: { subnet: [] } },
    };
    const configuration = { bakeTime: 5, canaryConfiguration: { canaryPercent: 200 }, strategy: "CANRY" };
    const failure = await shop.deploy(wish({ members, configuration })).catch((error: Error) => error);
    const message = failure instanceof Error ? failure.message : "";
    expect(message).toMatch(/enableExecuteComand is not known.*nearest key is enableExecuteCommand/);
    expect(message).toMatch(/networkConfiguration\.awsvpcConfiguration\.subnet is not known.*subnets/);
    expect(message).toMatch(/deploymentConfiguration\.bakeTime is not known.*bakeTimeInMinutes/);
    expect(message).toMatch(/canaryConfiguration\.canaryPercent is 200; it must be from 0\.1 to 100/);
    expect(message).toMatch(/strategy is "CANRY"; accepted: ROLLING, BLUE_GREEN, LINEAR, CANARY/);
    expect(shop.aws.calls.all).toHaveLength(calls);
  });

  it("are shown in a dry run, before and after", async () => {
    const configuration = { minimumHealthyPercent: 50 };
    const { outcome, outputs } = await shop.deploy({ ...wish({ desired: 3, configuration }), mode: "plan" });
    expect(outputs["result"]).toBe("planned");
    expect(outcome.summary).toContain("service: desiredCount | `2` | `3`");
    expect(outcome.summary).toContain(
      "service: deploymentConfiguration.minimumHealthyPercent | `100` | `50`",
    );
    expect(updates()).toEqual([]);
  });
});

describe("the deployment configuration", () => {
  it("keeps what was not asked for, at any depth", async () => {
    await shop.deploy(
      wish({
        configuration: { deploymentCircuitBreaker: { enable: true, rollback: true }, maximumPercent: 150 },
      }),
    );
    await shop.deploy(wish({ configuration: { deploymentCircuitBreaker: { resetOnHealthyTask: false } } }));
    expect((await shop.service("shop-blue"))["deploymentConfiguration"]).toMatchObject({
      maximumPercent: 150,
      minimumHealthyPercent: 100,
      deploymentCircuitBreaker: { enable: true, rollback: true, resetOnHealthyTask: false },
    });
  });

  it("takes percentages in steps of a tenth", async () => {
    const end = await shop.deploy(wish({ configuration: { canaryConfiguration: { canaryPercent: 0.5 } } }));
    expect(endOf(end)).toBe("deployed");
  });

  it("leaves the parameters of a strategy behind with the strategy", async () => {
    await shop.deploy(wish({ configuration: { linearConfiguration: { stepPercent: 20 } } }));
    await shop.deploy(wish({ configuration: { strategy: "ROLLING", maximumPercent: 150 } }));
    const [, second] = updates();
    expect(second?.["deploymentConfiguration"]).not.toHaveProperty("linearConfiguration");
  });
});

describe("settings that belong to no revision", () => {
  const wishes = {
    desired: 4,
    members: { healthCheckGracePeriodSeconds: 90, propagateTags: "SERVICE", enableExecuteCommand: true },
    configuration: { minimumHealthyPercent: 50, maximumPercent: 150 },
  };
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  const names = [...Object.keys(wishes.members), "desiredCount", "deploymentConfiguration"];
  const settings = async () => {
    const service = await shop.service("shop-blue");
    return Object.fromEntries(names.map((name) => [name, service[name]]));
  };
  const crash = () => shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });

  it.each([
    ["Amazon ECS's own circuit breaker", breaker, []],
    ["StopServiceDeployment", {}, []],
    ["UpdateService", {}, ["StopServiceDeployment"]],
    ["UpdateService, without a history", {}, ["StopServiceDeployment", "ListServiceDeployments"]],
  ] as const)("go back with a release that fails, by %s", async (_way, more, closed) => {
    const before = await settings();
    crash();
    for (const action of closed) shop.aws.faults.add({ action, fault: { kind: "denied" } });
    const target = serviceTarget({ ...wishes, configuration: { ...wishes.configuration, ...more } });
    expect(endOf(await shop.deploy({ ...release, target }))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(await settings()).toEqual(before);
    await expectServing(shop, firstImage);
  });

  it("go back after a cancellation, at the latest in the post step", async () => {
    const before = await settings();
    const at = { action: "DescribeServiceDeployments", nth: 1 };
    const end = await shop.deploy({ ...release, ...wish(wishes) }, at);
    await end.post();
    expect(await settings()).toEqual(before);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(1);
    await expectServing(shop, firstImage);
  });

  it("stay where somebody else has set them meanwhile", async () => {
    crash();
    const unfollow = shop.aws.calls.follow(({ action }) => {
      if (action !== "DescribeServiceDeployments") return;
      unfollow();
      const theirs = { propagateTags: "TASK_DEFINITION" };
      void shop.aws.call("ecs", "UpdateService", { cluster, service: "shop-blue", ...theirs });
    });
    expect(endOf(await shop.deploy({ ...release, ...wish(wishes) }))).toMatch(/^rolled-back/);
    expect(await settings()).toMatchObject({
      propagateTags: "TASK_DEFINITION",
      enableExecuteCommand: false,
    });
  });

  it("that cannot be brought back are a way back that is not complete", async () => {
    crash();
    let updates = 0;
    shop.aws.calls.follow(({ action }) => {
      if (action === "UpdateService") updates += 1;
      if (action === "UpdateService" && updates === 1)
        shop.aws.faults.add({ action, fault: { kind: "denied" } });
    });
    const members = { propagateTags: "SERVICE" };
    const end = await shop.deploy({ ...release, ...wish({ members }) });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toContain("ecs:UpdateService");
  });
});

describe("a failed deployment that shall be left as it is", () => {
  const leave = { rollback: { onFailure: false, onCancel: true } };

  it("says so, and its result is failed", async () => {
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    const end = await shop.deploy({ ...release, ...leave });
    expect(endOf(end)).toBe("failed DEPLOYMENT_FAILED");
    expect(end.outcome.failure?.message).toContain("left as it is");
    expect(end.log.join("\n")).toContain("rollback-on-failure: false");
  });

  it("is rolled back all the same by the service's own circuit breaker, which is seen and said", async () => {
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    const configuration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
    const end = await shop.deploy({ ...release, ...leave, ...wish({ configuration }) });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });
});

describe("an update that is not waited for", () => {
  it("ends when it is accepted, and says that no more is known", async () => {
    const begun = shop.time.now();
    const end = await shop.deploy({ ...release, waitUntil: { kind: "none" } });
    expect(endOf(end)).toBe("deployed");
    expect(shop.time.now() - begun).toBeLessThan(5_000);
    expect(end.outcome.summary).toContain("not waited for");
    await expectServing(shop, nextImage);
  });
});

describe("old revisions", () => {
  const active = () =>
    shop.aws.ecs.state.families
      .get("shop")
      ?.revisions.filter(({ status }) => status === "ACTIVE")
      .map(({ revision }) => revision);
  const release = (number: number, keepRevisions?: number) =>
    shop.deploy({
      changes: withImage(`shop:${number}`),
      ...(keepRevisions !== undefined && { keepRevisions }),
    });

  it("beyond the wished number are deregistered, but none that a service runs or that served before", async () => {
    for (const number of [2, 3, 4]) await release(number);
    const end = await release(5, 1);
    expect(endOf(end)).toBe("deployed");
    // shop-green still has revision 1, and revision 4 served before.
    expect(active()).toEqual([1, 4, 5]);
    expect(end.outcome.summary).toContain("deregistered shop:2, shop:3");
  });

  it("stay when the deployment fails", async () => {
    for (const number of [2, 3]) await release(number);
    shop.runtime.script("shop:4", { does: "exits", afterMs: 1_000, code: 3 });
    await release(4, 1);
    expect(active()).toEqual([1, 2, 3, 4]);
  });

  it("stay, which is said and fails nothing, when it cannot be told what is in use", async () => {
    for (const number of [2, 3]) await release(number);
    shop.aws.faults.add({ action: "ListServices", fault: { kind: "denied" } });
    const end = await release(4, 1);
    expect(endOf(end)).toBe("deployed");
    expect(active()).toEqual([1, 2, 3, 4]);
    expect(end.log.join("\n")).toMatch(/Old revisions were not removed.*ecs:ListServices/);
  });
});
