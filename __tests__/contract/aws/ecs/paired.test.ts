import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeployTarget } from "#ship/aws";
import { type CancelAfter, cluster, type World, withImage, world } from "./world.ts";

let shop: World;
let target: Extract<DeployTarget, { readonly kind: "paired" }>;
beforeEach(async () => {
  shop = await world();
  target = {
    kind: "paired",
    cluster,
    services: ["shop-blue", "shop-green"],
    listenerRule: shop.rule,
    desired: undefined,
    force: false,
    configuration: {},
    members: {},
  };
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const stage = (image: string, cancel?: CancelAfter) =>
  shop.deploy({ changes: withImage(image), target }, cancel);

describe("staging a candidate beside the stable service", () => {
  it("brings the idle service up in full number with healthy targets, and moves no traffic", async () => {
    const before = shop.weights();
    const { outcome, outputs } = await stage("shop:2");
    expect(outcome.failure).toBeUndefined();
    expect(outputs).toMatchObject({ result: "deployed", candidate: "shop-green", stable: "shop-blue" });
    expect(shop.runningImages("shop-green")).toEqual(["shop:2", "shop:2"]);
    expect(shop.runningImages("shop-blue")).toEqual(["shop:1", "shop:1"]);
    expect(shop.weights()).toEqual(before);
    expect(shop.aws.calls.of("elbv2").map((call) => call.action)).not.toContain("ModifyRule");
  });

  it("is unchanged when staged again, and names the same candidate", async () => {
    await stage("shop:2");
    const updates = shop.aws.calls.of("ecs", "UpdateService").length;
    const { outputs } = await stage("shop:2");
    expect(outputs).toMatchObject({ result: "unchanged", candidate: "shop-green", stable: "shop-blue" });
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(updates);
  });

  it("is unchanged when the release serves all traffic already", async () => {
    await stage("shop:2");
    const [blue, green] = [...shop.weights().keys()];
    shop.aws.elbv2.setRuleWeights(
      shop.rule,
      new Map([
        [String(blue), 0],
        [String(green), 100],
      ]),
    );
    const { outputs } = await stage("shop:2");
    expect(outputs).toMatchObject({ result: "unchanged", candidate: "shop-green", stable: "shop-blue" });
  });

  it("puts a candidate that crashes back to what it was", async () => {
    shop.runtime.script("shop:2", { does: "exits", afterMs: 1_000, code: 1 });
    const { outcome, outputs } = await stage("shop:2");
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.message).toContain("exit code 1");
    expect(await shop.service("shop-green")).toMatchObject({
      desiredCount: 0,
      taskDefinition: expect.stringMatching(/shop:1$/),
    });
    expect(shop.runningImages("shop-blue")).toEqual(["shop:1", "shop:1"]);
  });

  it("puts the number of tasks back, too, when a circuit breaker was faster", async () => {
    shop.runtime.script("shop:2", { does: "exits", afterMs: 1_000, code: 1 });
    target = { ...target, configuration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };
    const { outputs } = await stage("shop:2");
    expect(outputs["result"]).toBe("rolled-back");
    expect(await shop.service("shop-green")).toMatchObject({
      desiredCount: 0,
      taskDefinition: expect.stringMatching(/shop:1$/),
    });
  });

  it("withdraws the candidate when cancelled", async () => {
    const { post } = await stage("shop:2", { action: "DescribeServiceDeployments", nth: 1 });
    await post();
    expect(await shop.service("shop-green")).toMatchObject({ desiredCount: 0 });
    expect(shop.runningImages("shop-blue")).toEqual(["shop:1", "shop:1"]);
  });

  it("leaves a candidate running that was given traffic meanwhile", async () => {
    shop.runtime.script("shop:2", { does: "exits", afterMs: 1_000, code: 1 });
    const [blue, green] = [...shop.weights().keys()];
    shop.aws.calls.follow((call) => {
      if (call.action !== "UpdateService") return;
      shop.aws.elbv2.setRuleWeights(
        shop.rule,
        new Map([
          [String(blue), 50],
          [String(green), 50],
        ]),
      );
    });
    const { outcome } = await stage("shop:2");
    expect(outcome.failure?.code).toBe("UNDO_INCOMPLETE");
    expect(outcome.failure?.message).toContain("weight 50");
    expect(await shop.service("shop-green")).toMatchObject({ desiredCount: 2 });
  });
});

describe("a pair whose traffic a rollout moves", () => {
  const owner = "https://github.com/acme/shop/actions/runs/1001/attempts/1";
  const [past, future] = ["2001-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"];
  /** Gives the candidate a weight, and notes who did so and until when. */
  const moved = async (weight: number, deadline: string) => {
    const [blue, green] = [...shop.weights().keys()];
    const weights = new Map([
      [String(blue), 100 - weight],
      [String(green), weight],
    ]);
    shop.aws.elbv2.setRuleWeights(shop.rule, weights);
    const notes = {
      owner,
      canary: String(green),
      deadline,
    };
    await shop.aws.call("elbv2", "AddTags", {
      ResourceArns: [shop.rule],
      Tags: Object.entries(notes).map(([name, Value]) => ({ Key: `ship:${name}`, Value })),
    });
  };

  it.each([
    ["under way", 25, future],
    ["dead", 25, past],
    ["at its last step", 100, future],
  ])(
    "is unchanged for the very release of a rollout that is %s, so that its job can go on",
    async (_, weight, deadline) => {
      await stage("shop:2");
      await moved(weight, deadline);
      const updates = shop.aws.calls.of("ecs", "UpdateService").length;
      const { outputs } = await stage("shop:2");
      expect(outputs).toMatchObject({ result: "unchanged", candidate: "shop-green", stable: "shop-blue" });
      expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(updates);
    },
  );

  it.each([
    ["has not moved anything yet", 0, future, "Wait for that run"],
    ["has moved some", 25, future, "Wait for that run"],
    ["has moved all of it and could still go back", 100, future, "Wait for that run"],
    ["has died half-way", 25, past, "reconcile: true"],
  ])("takes no other release while a rollout %s, and names its run", async (_, weight, deadline, advice) => {
    await stage("shop:2");
    await moved(weight, deadline);
    const made = shop.aws.calls.all.length;
    const { outcome } = await stage("shop:3");
    expect(outcome.failure).toMatchObject({
      code: "ROLLOUT_IN_PROGRESS",
      message: expect.stringContaining(owner),
      hint: expect.stringContaining(advice),
    });
    const calls = shop.aws.calls.all.slice(made);
    expect(calls.filter((call) => /^(Register|Update)/.test(call.action))).toEqual([]);
  });

  it("takes another release when the rollout died and everything is back", async () => {
    await stage("shop:2");
    await moved(0, past);
    const { outputs } = await stage("shop:3");
    expect(outputs).toMatchObject({ result: "deployed", candidate: "shop-green", stable: "shop-blue" });
    expect(shop.runningImages("shop-green")).toEqual(["shop:3", "shop:3"]);
  });
});

describe("a pair of which it is not clear who serves", () => {
  it.each([
    ["both have traffic", 50, 50],
    ["neither has traffic", 0, 0],
  ])("is refused when %s", async (_case, one, other) => {
    const [blue, green] = [...shop.weights().keys()];
    shop.aws.elbv2.setRuleWeights(
      shop.rule,
      new Map([
        [String(blue), one],
        [String(green), other],
      ]),
    );
    const { outcome } = await stage("shop:2");
    expect(outcome.failure?.code).toBe("TARGET_AMBIGUOUS");
    expect(shop.aws.calls.all.filter((call) => /^(Register|Update)/.test(call.action))).toEqual([]);
  });
});
