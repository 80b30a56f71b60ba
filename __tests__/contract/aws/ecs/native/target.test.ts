import { afterEach, describe, expect, it } from "@jest/globals";
import { bringBack } from "#ship/delivery";
import { address, afterShift, beforeShift, canary, minute, pause, step, type World, world } from "./world.ts";

let shop: World;
afterEach(async () => {
  await shop.aws.close();
  expect(shop.aws.violations).toEqual([]);
});

const crashing = { "web:bad": { does: "exits", afterMs: 500, code: 1 } } as const;
const waits = (arn: string) => async () =>
  (await shop.deployment(arn)).lifecycleHookDetails.some((hook) => hook.status === "AWAITING_ACTION");
const has = (arn: string, status: string) => async () => (await shop.deployment(arn)).status === status;

describe("a deployment whose traffic Amazon ECS moves itself", () => {
  it("is read from what the deployment says: releases, steps, bake times and where it waits", async () => {
    shop = await world();
    await shop.deploy("web:2");
    const { target, sides, listenerOrRule } = await shop.open();
    expect(await target.inspect()).toEqual({
      split: { canary: 0 },
      stable: { name: "web:1" },
      canary: { name: "web:2" },
      motion: "forward",
      steps: [step(0.1, 10, "answer"), step(1, 10, "time")],
      warnings: [],
    });
    expect(sides).toMatchObject({ stable: shop.blue, canary: shop.green });
    expect(listenerOrRule).toBe(shop.rule);
  });

  it("goes on to a share and no further: each hook is answered once", async () => {
    shop = await world();
    await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    expect(shop.weights()).toEqual({ blue: 90, green: 10 });
    expect((await target.inspect()).split.canary).toBe(0.1);
    expect(await target.health({ name: "web:2" })).toEqual({ healthy: 2, registered: 2, reasons: [] });
    await shop.advance(15 * minute);
    expect(await target.course?.passage()).toMatchObject({ share: 0.1, phase: "waits" });
    await target.route({ canary: 0.1 });
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 1 });
    await target.route({ canary: 1 });
    expect(shop.weights()).toEqual({ blue: 0, green: 100 });
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 2 });
  });

  it("passes every hook before the first shift, and waits at one after the last until told to go on", async () => {
    shop = await world();
    const hooks = ["POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", afterShift].map((stage) => pause(stage));
    await shop.deploy("web:2", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5, lifecycleHooks: hooks });
    const { target } = await shop.open();
    expect((await target.inspect()).steps).toEqual([step(1, 5, "answer")]);
    await target.route({ canary: 1 });
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 2 });
    await shop.advance(minute);
    const waiting = await target.course?.passage();
    expect(waiting).toMatchObject({ share: 1, phase: "waits" });
    expect(waiting?.words).toMatch(/^Amazon ECS waits at POST_PRODUCTION_TRAFFIC_SHIFT; ROLLBACK in \d+ min/);
    await target.course?.proceed();
    await shop.until("the end", async () => (await target.course?.passage())?.phase === "finished");
    expect(await target.inspect()).toMatchObject({ split: { canary: 1 }, canary: { name: "web:2" } });
    expect((await target.inspect()).motion).toBeUndefined();
  });

  it("knows which target group is whose, although each deployment swaps them", async () => {
    shop = await world();
    const plain = { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks: [] };
    const second = await shop.deploy("web:2", plain);
    await shop.until("the second revision to serve", has(second, "SUCCESSFUL"));
    await shop.deploy("web:3");
    const { target, sides } = await shop.open();
    expect(sides).toMatchObject({ stable: shop.green, canary: shop.blue });
    await target.route({ canary: 0.1 });
    expect(shop.weights()).toEqual({ blue: 10, green: 90 });
    expect(await target.inspect()).toMatchObject({ stable: { name: "web:2" }, canary: { name: "web:3" } });
  });

  it("finds a deployment that was asked for a moment ago and is not listed yet", async () => {
    shop = await world({}, { consistencyDelay: 20_000 });
    await shop.deploy("web:2");
    const { target } = await shop.open();
    expect((await target.inspect()).canary.name).toBe("web:2");
  });

  it("is unchanged once it has succeeded", async () => {
    shop = await world();
    const { target } = await shop.open();
    const state = await target.inspect();
    expect(state).toMatchObject({ split: { canary: 1 }, canary: { name: "web:1" } });
    expect(state.motion).toBeUndefined();
  });

  it("answers a hook again when the answer was lost on the way, and takes one that got through for done", async () => {
    shop = await world();
    await shop.deploy("web:2");
    const { target } = await shop.open();
    shop.aws.faults.add({ action: "ContinueServiceDeployment", nth: 1, fault: { kind: "reset" } });
    shop.aws.faults.add({ action: "ContinueServiceDeployment", nth: 2, fault: { kind: "lost-answer" } });
    await target.route({ canary: 0.1 });
    expect(shop.weights()).toEqual({ blue: 90, green: 10 });
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 1 });
  });
});

describe("bringing a deployment back", () => {
  it("takes one call, and is believed when the old revision is seen to serve", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    expect(target.restoreByHand()).toBe(
      `aws ecs stop-service-deployment --region eu-central-1 --service-deployment-arn ${arn} --stop-type ROLLBACK`,
    );
    const brought = await bringBack(target, { clock: shop.clock, budget: 10 * minute });
    expect(brought).toEqual({ share: 0, isAtRest: true });
    expect((await shop.deployment(arn)).status).toBe("ROLLBACK_SUCCESSFUL");
    expect(shop.weights()).toEqual({ blue: 100, green: 0 });
    expect(shop.changes()["StopServiceDeployment"]).toBe(1);
    await target.restore();
    expect((await target.inspect()).split.canary).toBe(0);
  });

  it("works from a pause, and through errors of the service", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    const { target } = await shop.open();
    await shop.until("the first pause", waits(arn));
    shop.aws.faults.add({ action: "StopServiceDeployment", times: 3, fault: { kind: "server-error" } });
    await bringBack(target, { clock: shop.clock, budget: 10 * minute });
    expect((await shop.deployment(arn)).status).toBe("ROLLBACK_SUCCESSFUL");
  });

  it("says that it is on its way when time is up before the platform is back", async () => {
    shop = await world();
    await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    const brought = await bringBack(target, { clock: shop.clock, budget: 1_000 });
    expect(brought.isAtRest).toBe(false);
    expect((await target.inspect()).motion).toBe("back");
  });

  it("is refused for good when the role may not stop deployments, with the command to run", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    shop.aws.faults.add({ action: "StopServiceDeployment", fault: { kind: "denied" } });
    const problem = bringBack(target, { clock: shop.clock, budget: 10 * minute });
    await expect(problem).rejects.toMatchObject({
      code: "ROLLBACK_FAILED",
      details: [expect.any(String), expect.stringContaining(arn)],
    });
  });

  it("comes too late for a deployment that has finished, and says what to do", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2", {
      strategy: "BLUE_GREEN",
      bakeTimeInMinutes: 0,
      lifecycleHooks: [],
    });
    const { target } = await shop.open();
    await shop.until("the end", has(arn, "SUCCESSFUL"));
    const problem = bringBack(target, { clock: shop.clock, budget: 10 * minute });
    await expect(problem).rejects.toMatchObject({
      code: "ROLLBACK_FAILED",
      message: expect.stringContaining("finished the deployment before it could be stopped"),
      details: [
        expect.any(String),
        expect.stringMatching(/update-service .* --task-definition arn:.*web:1$/),
      ],
    });
  });
});

describe("a deployment that cannot be brought back any more", () => {
  it("was left in the middle by a circuit breaker without rollback: said with the command that does it", async () => {
    shop = await world();
    const deploymentCircuitBreaker = {
      enable: true,
      rollback: false,
      thresholdConfiguration: { type: "COUNT", value: 1 },
    };
    const arn = await shop.deploy("web:2", { ...canary, deploymentCircuitBreaker });
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    shop.runtime.script("web:2", { does: "exits", afterMs: 500, code: 1 });
    shop.runtime.crash("web:2", 1);
    await shop.until("the breaker", has(arn, "STOPPED"));
    await expect(target.course?.passage()).rejects.toMatchObject({ code: "DEPLOYMENT_FAILED" });
    await expect(bringBack(target, { clock: shop.clock, budget: 10 * minute })).rejects.toMatchObject({
      code: "ROLLBACK_FAILED",
      message: expect.stringContaining("has ended without a rollback"),
      details: [
        expect.any(String),
        expect.stringMatching(/update-service .* --task-definition arn:.*web:1$/),
      ],
    });
  });
});

describe("a deployment that others decide about", () => {
  it("was rolled back by a person: said with the reason", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    await shop.aws.call("ecs", "StopServiceDeployment", { serviceDeploymentArn: arn });
    await expect(target.course?.passage()).rejects.toMatchObject({ code: "CANARY_ROLLED_BACK" });
    await shop.until("the rollback", has(arn, "ROLLBACK_SUCCESSFUL"));
    await expect(target.course?.passage()).rejects.toThrow(
      "Amazon ECS took web:2 back. Service deployment rolled back because of a user request.",
    );
  });

  it("was rolled back by the circuit breaker while it was waited for", async () => {
    shop = await world(crashing);
    const deploymentCircuitBreaker = { enable: true, rollback: true };
    await shop.deploy("web:bad", { ...canary, deploymentCircuitBreaker });
    const { target } = await shop.open();
    await expect(target.route({ canary: 0.1 })).rejects.toMatchObject({
      code: "CANARY_ROLLED_BACK",
      message: expect.stringContaining("circuit breaker threshold was exceeded"),
    });
    expect(shop.weights()).toEqual({ blue: 100, green: 0 });
  });

  it("comes back by itself when nobody answers its hook", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    await shop.advance(41 * minute);
    await expect(target.course?.passage()).rejects.toThrow(
      /PRE_PRODUCTION_TRAFFIC_SHIFT lifecycle hook.*timed out/,
    );
    await shop.until("the rollback", has(arn, "ROLLBACK_SUCCESSFUL"));
    expect(shop.weights()).toEqual({ blue: 100, green: 0 });
  });

  it("gave way to a newer one, which is left alone", async () => {
    shop = await world();
    await shop.deploy("web:2");
    const { target } = await shop.open();
    await target.route({ canary: 0.1 });
    const newer = await shop.deploy("web:3");
    await expect(target.course?.passage()).rejects.toMatchObject({ code: "DEPLOYMENT_SUPERSEDED" });
    const problem = bringBack(target, { clock: shop.clock, budget: minute });
    await expect(problem).rejects.toMatchObject({ code: "DEPLOYMENT_SUPERSEDED" });
    await shop.until("the newer one to wait", waits(newer));
    expect((await shop.deployment(newer)).status).toBe("IN_PROGRESS");
  });

  it("was answered by somebody else: nothing is answered twice", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    const { target } = await shop.open();
    await shop.until("the first pause", waits(arn));
    const [hook] = (await shop.deployment(arn)).lifecycleHookDetails;
    const { lifecycleHookDetails } = await shop.deployment(arn);
    expect(lifecycleHookDetails).toHaveLength(1);
    await shop.aws.call("ecs", "ContinueServiceDeployment", {
      serviceDeploymentArn: arn,
      hookId: hook?.hookId,
    });
    await target.route({ canary: 0.1 });
    expect(shop.changes()).toEqual({});
  });
});

describe("a service without a deployment to lead", () => {
  it("is refused with how the newest one ended", async () => {
    shop = await world();
    const arn = await shop.deploy("web:2");
    await shop.aws.call("ecs", "StopServiceDeployment", { serviceDeploymentArn: arn });
    await shop.until("the rollback", has(arn, "ROLLBACK_SUCCESSFUL"));
    await shop.advance(10 * minute);
    await expect(shop.open()).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringMatching(
        /^There is no deployment of web to lead: none is under way\. The newest ended as ROLLBACK_SUCCESSFUL: /,
      ),
    });
  });

  it("is refused when its strategy divides no traffic", async () => {
    shop = await world();
    await shop.deploy("web:2", { strategy: "ROLLING" });
    await expect(shop.open()).rejects.toMatchObject({
      code: "TARGET_AMBIGUOUS",
      message: `${address.service} is deployed with the strategy ROLLING, which divides no traffic.`,
    });
  });

  it("is refused while its very first deployment is under way", async () => {
    shop = await world({}, {}, "at once");
    await expect(shop.open()).rejects.toMatchObject({
      code: "TARGET_AMBIGUOUS",
      message: expect.stringContaining("This is the first deployment of web"),
    });
  });

  it("is refused when it does not exist", async () => {
    shop = await world();
    await shop.aws.call("ecs", "DeleteService", { ...address, force: true });
    await shop.advance(10 * minute);
    await expect(shop.open()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("what is told of hooks", () => {
  it.each([
    [
      "nothing holds it",
      { lifecycleHooks: [] },
      /goes on from 10 % by itself.*"lifecycleStages":\["PRE_PROD.*"timeoutInMinutes":35/,
    ],
    [
      "it waits for a day",
      { lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: [beforeShift] }] },
      /only 24 h after it.*"timeoutInMinutes":25/,
    ],
    [
      "it waits for too little",
      { lifecycleHooks: [pause(beforeShift, 5)] },
      /rolls back when the hook at PRE_PRODUCTION_TRAFFIC_SHIFT is not answered within 5 min/,
    ],
    [
      "silence lets it go on",
      {
        lifecycleHooks: [
          { ...pause(beforeShift), timeoutConfiguration: { timeoutInMinutes: 25, action: "CONTINUE" } },
        ],
      },
      /within 25 min, Amazon ECS goes on\. .*"action":"ROLLBACK"/,
    ],
  ])("%s", async (_, change, warning) => {
    shop = await world();
    await shop.deploy("web:2", { ...canary, ...change });
    const { warnings } = await (await shop.open()).target.inspect();
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });
});
