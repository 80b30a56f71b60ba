import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { definition, firstImage, serviceTarget, type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const crash = () =>
  shop.runtime.script("shop:2", {
    does: "exits",
    afterMs: 1_000,
    code: 3,
    lines: ["starting", "cannot read DATABASE_URL", "::error::not a command"],
  });
const minutesSince = (from: number) => (shop.time.now() - from) / 60_000;

describe("a release that crashes at its start", () => {
  it("is noticed long before the limit, and the previous revision serves again", async () => {
    crash();
    const begun = shop.time.now();
    const { outcome, outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.code).toBe("DEPLOYMENT_ROLLED_BACK");
    expect(minutesSince(begun)).toBeLessThan(10);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(1);
  });

  it("is explained by exit code, stop reason and last log lines", async () => {
    crash();
    const { outcome } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outcome.failure?.message).toMatch(
      /tasks? stopped: Essential container in task exited.*api: exit code 3/,
    );
    const details = outcome.failure?.details.join("\n");
    expect(details).toContain("cannot read DATABASE_URL");
    expect(details).toMatch(/Service events:/);
    expect(outcome.summary).toContain("cannot read DATABASE_URL");
  });

  it("is left as it is, and said to be, without rollback-on-failure", async () => {
    crash();
    const { outcome, outputs } = await shop.deploy({
      changes: withImage("shop:2"),
      rollback: { onFailure: false, onCancel: true },
    });
    expect(outputs["result"]).toBe("failed");
    expect(outcome.failure?.code).toBe("DEPLOYMENT_FAILED");
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(0);
  });

  it("goes back by UpdateService where StopServiceDeployment is denied", async () => {
    crash();
    shop.aws.faults.add({ action: "StopServiceDeployment", fault: { kind: "denied" } });
    const { outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs["result"]).toBe("rolled-back");
    expect(shop.aws.calls.of("ecs", "UpdateService").at(-1)?.input["taskDefinition"]).toMatch(/shop:1$/);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });

  it("is taken back by the service's own circuit breaker, and reported as rolled back", async () => {
    crash();
    const { outcome, outputs } = await shop.deploy({
      changes: withImage("shop:2"),
      target: serviceTarget({
        configuration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      }),
    });
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.message).toMatch(/circuit breaker/i);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });

  it("is judged the same by rollout states where service deployments are denied", async () => {
    crash();
    for (const action of ["ListServiceDeployments", "DescribeServiceDeployments", "StopServiceDeployment"])
      shop.aws.faults.add({ action, fault: { kind: "denied" } });
    const { outputs } = await shop.deploy({
      changes: withImage("shop:2"),
      target: serviceTarget({
        configuration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      }),
    });
    expect(outputs["result"]).toBe("rolled-back");
  });
});

describe("an image that does not exist", () => {
  it("fails at the first pull, with the registry's words", async () => {
    shop.runtime.script("shop:2", { does: "pull-failure" });
    const begun = shop.time.now();
    const { outcome, outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.message).toContain("CannotPullContainerError");
    expect(minutesSince(begun)).toBeLessThan(7);
  });
});

describe("a release that never becomes healthy", () => {
  it("times out, gives the load balancer's reason, and goes back", async () => {
    shop.runtime.script("shop:2", { does: "unhealthy" });
    const { outcome, outputs } = await shop.deploy({
      changes: withImage("shop:2"),
      waiting: { every: 5_000, timeout: 60_000 },
    });
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.message).toMatch(/was not serving after 1 min; last seen: IN_PROGRESS/);
    expect(outcome.failure?.details.join("\n")).toContain("Health checks failed with these codes: [500]");
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});

describe("a release that is unhealthy within the service's grace period", () => {
  it("times out and names the unhealthy targets", async () => {
    shop.runtime.script("shop:2", { does: "unhealthy" });
    await shop.aws.call("ecs", "UpdateService", {
      cluster: "production",
      service: "shop-blue",
      healthCheckGracePeriodSeconds: 3_600,
    });
    const { outcome, outputs } = await shop.deploy({
      changes: withImage("shop:2"),
      waiting: { every: 5_000, timeout: 180_000 },
    });
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.message).toMatch(/Unhealthy target: \S+ unhealthy Target\.ResponseCodeMismatch/);
  });
});

describe("a health check address", () => {
  it("that never answers well fails the deployment, and the previous revision serves again", async () => {
    const { outcome, outputs } = await shop.deploy({
      changes: withImage("shop:2"),
      healthCheck: {
        url: new URL("/not-found?token=secret", shop.aws.url),
        statuses: [[200, 399]],
        json: {},
        version: undefined,
      },
    });
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.message).toMatch(
      /The health check of .*\/not-found did not succeed; last: HTTP 4/,
    );
    expect(outcome.failure?.message).not.toContain("secret");
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});

describe("a deployment that someone else replaces", () => {
  it("is reported as superseded, and the other's is left alone", async () => {
    shop.write("other.json", JSON.stringify(definition("shop:9")));
    await shop.deploy({ taskDefinition: "other.json", target: { kind: "none" } });
    const other = "shop:2";
    const unfollow = shop.aws.calls.follow((call) => {
      if (call.action !== "DescribeServiceDeployments") return;
      unfollow();
      void shop.aws.call("ecs", "UpdateService", {
        cluster: "production",
        service: "shop-blue",
        taskDefinition: other,
      });
    });
    const { outcome, outputs } = await shop.deploy({ changes: withImage("shop:3") });
    expect(outcome.failure?.code).toBe("DEPLOYMENT_SUPERSEDED");
    expect(outputs["result"]).toBe("failed");
    expect((await shop.service("shop-blue"))["taskDefinition"]).toMatch(/shop:2$/);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(0);
  });
});

describe("a cancelled deployment", () => {
  it("asks for the way back at once, and the post step sees the previous revision serve", async () => {
    const { outputs, outcome, post } = await shop.deploy(
      { changes: withImage("shop:2") },
      { action: "DescribeServiceDeployments", nth: 1 },
    );
    expect(outcome.failure?.code).toBe("CANCELLED");
    expect(["cancelled", "rolled-back"]).toContain(outputs["result"]);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(1);
    const log = await post();
    expect((await shop.service("shop-blue"))["taskDefinition"]).toMatch(/shop:1$/);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
    expect(log.join("\n")).toMatch(outputs["result"] === "cancelled" ? /was seen to run/ : /^$/);
  });

  it("goes back when the cancellation comes before our deployment is known", async () => {
    const { post } = await shop.deploy({ changes: withImage("shop:2") }, { action: "UpdateService", nth: 1 });
    await post();
    expect((await shop.service("shop-blue"))["taskDefinition"]).toMatch(/shop:1$/);
  });

  it("stops the deployment that the service names as current, before it is listed", async () => {
    await shop.close();
    shop = await world({ consistencyDelay: 0 });
    const { post } = await shop.deploy({ changes: withImage("shop:2") }, { action: "UpdateService", nth: 1 });
    await post();
    expect((await shop.service("shop-blue"))["taskDefinition"]).toMatch(/shop:1$/);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment").length).toBeGreaterThan(0);
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(1);
  });

  it("is left as it is without rollback-on-cancel", async () => {
    const { outputs, post } = await shop.deploy(
      { changes: withImage("shop:2"), rollback: { onFailure: true, onCancel: false } },
      { action: "DescribeServiceDeployments", nth: 1 },
    );
    expect(outputs["result"]).toBe("cancelled");
    await post();
    expect((await shop.service("shop-blue"))["taskDefinition"]).toMatch(/shop:2$/);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(0);
  });

  it("leaves nothing for the post step once it has succeeded", async () => {
    const { state } = await shop.deploy({ changes: withImage("shop:2") });
    expect(state.get("recovery")).toBe("");
  });
});

describe("a deployment under way that a dead run left behind", () => {
  it("is adopted when it carries the same revision", async () => {
    await shop.deploy({ changes: withImage("shop:2"), target: { kind: "none" } });
    const service = { cluster: "production", service: "shop-blue" };
    await shop.aws.call("ecs", "UpdateService", { ...service, taskDefinition: "shop:2" });
    await shop.time.advance(5_000);
    const { outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outputs).toMatchObject({
      result: "deployed",
      "previous-task-definition-arn": expect.stringMatching(/shop:1$/),
    });
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(0);
  });

  it("is deployed anew when it failed for good", async () => {
    crash();
    const target = serviceTarget();
    const leave = { onFailure: false, onCancel: true };
    await shop.aws.call("ecs", "UpdateService", {
      cluster: "production",
      service: "shop-blue",
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
    });
    const failed = await shop.deploy({ changes: withImage("shop:2"), target, rollback: leave });
    expect(failed.outputs["result"]).toBe("failed");
    shop.runtime.script("shop:2", { does: "runs" });
    const { outputs } = await shop.deploy({ changes: withImage("shop:2"), target });
    expect(outputs["result"]).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
  });
});

describe("a refused update", () => {
  it("changes nothing and asks for nothing back", async () => {
    shop.aws.faults.add({ action: "UpdateService", fault: { kind: "denied" } });
    const { outcome, outputs } = await shop.deploy({ changes: withImage("shop:2") });
    expect(outcome.failure?.code).toBe("ACCESS_DENIED");
    expect(outputs["result"]).toBe("failed");
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(0);
    expect((await shop.service("shop-blue"))["taskDefinition"]).toMatch(/shop:1$/);
  });
});
