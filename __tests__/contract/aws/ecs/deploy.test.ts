import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { firstImage, serviceTarget, type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const writes = () =>
  shop.aws.calls.all
    .map((call) => call.action)
    .filter((action) => /^(Register|Update|Stop|Modify|Create|Deregister)/.test(action));

describe("deploying a new image", () => {
  it("registers it, updates the service with the task definition alone, and ends deployed", async () => {
    const { outcome, outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outcome.failure).toBeUndefined();
    expect(outputs).toMatchObject({
      result: "deployed",
      "task-definition-arn": expect.stringMatching(/task-definition\/shop:2$/),
      "previous-task-definition-arn": expect.stringMatching(/task-definition\/shop:1$/),
      "service-deployment-arn": expect.stringContaining(":service-deployment/production/shop-blue/"),
    });
    expect(writes()).toEqual(["RegisterTaskDefinition", "UpdateService"]);
    expect(shop.aws.calls.of("ecs", "UpdateService")[0]?.input).toEqual({
      cluster: "production",
      service: "shop-blue",
      taskDefinition: outputs["task-definition-arn"],
    });
    expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
  });

  it("ends unchanged and writes nothing when run again", async () => {
    await shop.deploy({ changes: withImage("shop:2") });
    const before = writes().length;
    const { outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs["result"]).toBe("unchanged");
    expect(writes()).toHaveLength(before);
  });

  it("shows what would change, and writes nothing, in a dry run", async () => {
    const { outcome, outputs } = await shop.deploy({ changes: withImage("shop:2"), mode: "plan" });
    expect(outputs["result"]).toBe("planned");
    expect(writes()).toEqual([]);
    expect(outcome.summary).toContain("| container api: image | `shop:1` | `shop:2` |");
  });

  it("does not take a deployment of a day ago for its own when the history lags", async () => {
    await shop.deploy({ changes: withImage("shop:2") });
    await shop.deploy({ changes: withImage("shop:3") });
    const { outputs } = await shop.deploy({ taskDefinition: "shop:2" });
    expect(outputs["result"]).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
  });

  it("judges by rollout states, and says so, where service deployments are denied", async () => {
    for (const action of ["ListServiceDeployments", "DescribeServiceDeployments"])
      shop.aws.faults.add({ service: "ecs", action, fault: { kind: "denied" } });
    const { outputs, log } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs["result"]).toBe("deployed");
    expect(outputs["service-deployment-arn"]).toBeUndefined();
    expect(log.join("\n")).toMatch(/judged by rollout states/);
  });

  it("registers only once when the answer of the registration is lost", async () => {
    shop.aws.faults.add({ action: "RegisterTaskDefinition", nth: 1, fault: { kind: "lost-answer" } });
    const { outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs["result"]).toBe("deployed");
    expect(shop.aws.ecs.state.families.get("shop")?.revisions).toHaveLength(2);
  });
});

describe("asking for more than the task definition", () => {
  it("changes the desired count of an unchanged definition without a new deployment", async () => {
    const { outputs } = await shop.deploy({ target: serviceTarget({ desired: 3 }) });
    expect(outputs["result"]).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage, firstImage]);
    expect(shop.aws.calls.of("ecs", "UpdateService")[0]?.input).toEqual({
      cluster: "production",
      service: "shop-blue",
      desiredCount: 3,
    });
  });

  it("begins exactly one deployment when forced, also when its answer is lost", async () => {
    shop.aws.faults.add({ action: "UpdateService", nth: 1, fault: { kind: "lost-answer" } });
    const { outputs } = await shop.deploy({ target: serviceTarget({ force: true }) });
    expect(outputs["result"]).toBe("deployed");
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(1);
  });

  it("turns the circuit breaker on and keeps the rest of the configuration", async () => {
    await shop.deploy({
      target: serviceTarget({
        configuration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      }),
    });
    expect((await shop.service("shop-blue"))["deploymentConfiguration"]).toMatchObject({
      deploymentCircuitBreaker: { enable: true, rollback: true },
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    });
  });

  it("says that nothing runs when the desired count is 0", async () => {
    const { outcome } = await shop.deploy({
      changes: withImage("shop:2"),
      target: serviceTarget({ desired: 0 }),
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.summary).toContain("nothing runs");
  });
});

describe("registering alone", () => {
  it("touches no service", async () => {
    const { outputs } = await shop.deploy({ changes: withImage("shop:2"), target: { kind: "none" } });
    expect(outputs["result"]).toBe("registered");
    expect(new Set(shop.aws.calls.all.map((call) => call.action))).toEqual(
      new Set(["DescribeTaskDefinition", "RegisterTaskDefinition"]),
    );
  });
});

describe("mistakes", () => {
  it("are reported all at once, before anything is written", async () => {
    shop.write("broken.json", JSON.stringify({ family: "shop", contaienrDefinitions: [] }));
    const { outcome } = await shop.deploy({
      taskDefinition: "broken.json",
      target: serviceTarget({}, "shop-red"),
    });
    expect(outcome.failure?.code).toBe("PREFLIGHT_FAILED");
    expect(outcome.failure?.message).toContain("contaienrDefinitions");
    expect(outcome.failure?.message).toContain("containerDefinitions");
    expect(outcome.failure?.message).toContain("shop-red");
    expect(writes()).toEqual([]);
  });

  it("name an INACTIVE revision", async () => {
    await shop.deploy({ changes: withImage("shop:2") });
    await shop.aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition: "shop:1" });
    const { outcome } = await shop.deploy({ taskDefinition: "shop:1" });
    expect(outcome.failure?.message).toContain("INACTIVE");
  });
});
