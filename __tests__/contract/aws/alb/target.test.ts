import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { bringBack } from "#ship/delivery";
import { forward, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  await shop.aws.close();
  expect(shop.aws.violations).toEqual([]);
});

const ruleWith = async (blue: number, green: number) => {
  const arn = await shop.rule(forward([shop.blue, blue], [shop.green, green]));
  return { arn, target: await shop.open({ kind: "rule", arn }) };
};

describe("a split on a listener rule", () => {
  it("is read as the canary's share, whatever scale the weights have", async () => {
    const { target } = await ruleWith(3, 1);
    expect(await target.inspect()).toEqual({
      split: { canary: 0.25 },
      stable: { name: "blue", reference: shop.blue },
      canary: { name: "green", reference: shop.green },
      warnings: [],
    });
  });

  it.each([
    [0.001, { blue: 999, green: 1 }],
    [0.05, { blue: 950, green: 50 }],
    [0.5, { blue: 500, green: 500 }],
    [1, { blue: 0, green: 999 }],
  ])("moves to %p", async (canary, weights) => {
    const { arn, target } = await ruleWith(100, 0);
    await target.route({ canary });
    expect(shop.weights(arn)).toEqual(weights);
    expect((await target.inspect()).split.canary).toBeCloseTo(canary, 3);
  });

  it("attaches a group that the rule does not name yet, and writes nothing a second time", async () => {
    const arn = await shop.rule({ Type: "forward", TargetGroupArn: shop.blue });
    const target = await shop.open({ kind: "rule", arn });
    await target.route({ canary: 0 });
    await target.route({ canary: 0 });
    expect(shop.weights(arn)).toEqual({ blue: 999, green: 0 });
    expect(shop.writes()).toEqual(["ModifyRule"]);
  });

  it("keeps everything else of the rule: authentication, order and stickiness", async () => {
    const login = {
      Type: "authenticate-oidc",
      Order: 1,
      AuthenticateOidcConfig: {
        Issuer: "https://login.example",
        AuthorizationEndpoint: "https://login.example/authorize",
        TokenEndpoint: "https://login.example/token",
        UserInfoEndpoint: "https://login.example/user",
        ClientId: "shop",
        ClientSecret: "secret",
        Scope: "openid",
      },
    };
    const sticky = { Enabled: true, DurationSeconds: 3_600 };
    const arn = await shop.rule(login, {
      ...forward([shop.blue, 100], [shop.green, 0]),
      Order: 2,
      ForwardConfig: {
        TargetGroups: [{ TargetGroupArn: shop.blue, Weight: 100 }],
        TargetGroupStickinessConfig: sticky,
      },
    });
    const target = await shop.open({ kind: "rule", arn });
    expect((await target.inspect()).warnings[0]).toContain("binds visitors to a target group for 3600 s");
    await target.route({ canary: 0.25 });
    const [first, second] = await shop.actions(arn);
    expect(first).toMatchObject({
      Type: "authenticate-oidc",
      Order: 1,
      AuthenticateOidcConfig: { Issuer: "https://login.example", ClientId: "shop" },
    });
    const [write] = shop.aws.calls.of("elbv2", "ModifyRule");
    expect(write?.input["Actions"]).toMatchObject([
      { AuthenticateOidcConfig: { UseExistingClientSecret: "true" } },
      { Type: "forward" },
    ]);
    expect(second).toMatchObject({ Order: 2, ForwardConfig: { TargetGroupStickinessConfig: sticky } });
    expect(second).not.toHaveProperty("TargetGroupArn");
    expect(shop.weights(arn)).toEqual({ blue: 750, green: 250 });
  });

  it("is refused when the rule forwards to a third group, to neither, or not at all", async () => {
    const third = shop.aws.elbv2.createTargetGroup({ name: "third" }).arn;
    const places = await Promise.all([
      shop.rule(forward([shop.blue, 1], [third, 1])),
      shop.rule(forward([third, 1])),
      shop.rule({ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }),
    ]);
    for (const arn of places) {
      const target = await shop.open({ kind: "rule", arn });
      await expect(target.inspect()).rejects.toMatchObject({ code: "TARGET_AMBIGUOUS" });
    }
    expect(shop.writes()).toEqual([]);
  });

  it("is refused when somebody else has moved it", async () => {
    const { arn, target } = await ruleWith(100, 0);
    await target.route({ canary: 0.25 });
    await shop.aws.call("elbv2", "ModifyRule", {
      RuleArn: arn,
      Actions: [forward([shop.blue, 90], [shop.green, 10])],
    });
    await expect(target.route({ canary: 0.5 })).rejects.toMatchObject({
      code: "TRAFFIC_DRIFTED",
      message: expect.stringContaining(
        "gives the canary 10 % of the traffic, but this rollout left it at 25 %",
      ),
    });
    expect(shop.weights(arn)).toEqual({ blue: 90, green: 10 });
  });

  it("moves once when the answer to the write is lost", async () => {
    const { arn, target } = await ruleWith(100, 0);
    shop.aws.faults.add({ action: "ModifyRule", nth: 1, fault: { kind: "lost-answer" } });
    await target.route({ canary: 0.25 });
    expect(shop.weights(arn)).toEqual({ blue: 750, green: 250 });
  });

  it("says which permission is missing", async () => {
    const { arn, target } = await ruleWith(100, 0);
    shop.aws.faults.add({ action: "ModifyRule", fault: { kind: "denied" } });
    await expect(target.route({ canary: 0.25 })).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("elasticloadbalancing:ModifyRule"),
    });
    expect(shop.weights(arn)).toEqual({ blue: 100, green: 0 });
  });
});

describe("a split on a listener's default action", () => {
  it("is moved and restored like a rule's", async () => {
    const target = await shop.open({ kind: "listener", arn: shop.listener });
    await target.route({ canary: 0.25 });
    expect(shop.weights(shop.listener)).toEqual({ blue: 750, green: 250 });
    await target.restore();
    expect(shop.weights(shop.listener)).toEqual({ blue: 999, green: 0 });
    expect(shop.writes()).toEqual(["ModifyListener", "ModifyListener"]);
  });
});

describe("bringing traffic back", () => {
  it("is one write and no read", async () => {
    const { arn, target } = await ruleWith(100, 0);
    await target.route({ canary: 0.5 });
    const before = shop.aws.calls.all.length;
    await target.restore();
    expect(shop.aws.calls.all.slice(before).map(({ action }) => action)).toEqual(["ModifyRule"]);
    expect(shop.weights(arn)).toEqual({ blue: 999, green: 0 });
  });

  it("is repeated through throttling, broken connections and server errors", async () => {
    const { arn, target } = await ruleWith(100, 0);
    await target.route({ canary: 0.5 });
    shop.aws.faults.add(
      { action: "ModifyRule", times: 12, fault: { kind: "throttle" } },
      { action: "ModifyRule", times: 20, fault: { kind: "reset" } },
      { action: "ModifyRule", times: 30, fault: { kind: "server-error" } },
    );
    await bringBack(target, { clock: shop.clock, budget: 60_000 });
    expect(shop.weights(arn)).toEqual({ blue: 999, green: 0 });
  });

  it("does not wait for a connection that hangs", async () => {
    const { arn, target } = await ruleWith(100, 0);
    await target.route({ canary: 0.5 });
    shop.aws.faults.add({ action: "ModifyRule", nth: 1, fault: { kind: "hang" } });
    const begun = performance.now();
    await target.restore();
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(shop.weights(arn)).toEqual({ blue: 999, green: 0 });
  });

  it("overrules a drift: production is safe before anybody is asked", async () => {
    const { arn, target } = await ruleWith(100, 0);
    await target.route({ canary: 0.5 });
    await shop.aws.call("elbv2", "ModifyRule", { RuleArn: arn, Actions: [forward([shop.green, 1])] });
    await target.restore();
    expect(shop.weights(arn)).toEqual({ blue: 999, green: 0 });
  });

  it("can be done by hand with the command that is shown", async () => {
    const { arn, target } = await ruleWith(100, 0);
    await target.inspect();
    const command = target.restoreByHand();
    expect(command).toContain(`aws elbv2 modify-rule --region eu-central-1 --rule-arn ${arn} --actions '[`);
    const [, actions = "[]"] = /--actions '(.+)'$/.exec(command) ?? [];
    await shop.aws.call("elbv2", "ModifyRule", { RuleArn: arn, Actions: JSON.parse(actions) });
    expect(shop.weights(arn)).toEqual({ blue: 999, green: 0 });
  });
});

describe("the health of a release", () => {
  it("counts healthy and registered targets, without those that drain", async () => {
    const { target } = await ruleWith(100, 0);
    shop.ailing.add("10.0.0.2");
    for (const host of ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
      shop.aws.elbv2.register(shop.green, { host, port: 80 });
    await shop.advance(300_000);
    shop.aws.elbv2.deregister(shop.green, { host: "10.0.0.3", port: 80 });
    const { canary } = await target.inspect();
    expect(await target.health(canary)).toEqual({
      healthy: 1,
      registered: 2,
      reasons: [expect.stringMatching(/^10\.0\.0\.2:80 is unhealthy \(Target\.ResponseCodeMismatch/)],
    });
  });
});

describe("two services behind one rule", () => {
  const sides = {
    kind: "services",
    cluster: "production",
    stable: "shop-blue",
    canary: "shop-green",
  } as const;

  beforeEach(async () => {
    const { aws } = shop;
    await aws.call("ecs", "CreateCluster", { clusterName: "production" });
    await aws.call("ecs", "RegisterTaskDefinition", {
      family: "shop",
      networkMode: "awsvpc",
      containerDefinitions: [
        { name: "api", image: "shop:1", memory: 256, portMappings: [{ containerPort: 3000 }] },
      ],
    });
    for (const [serviceName, targetGroupArn] of [
      ["shop-blue", shop.blue],
      ["shop-green", shop.green],
    ]) {
      await aws.call("ecs", "CreateService", {
        cluster: "production",
        serviceName,
        taskDefinition: "shop",
        desiredCount: 2,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
        loadBalancers: [{ targetGroupArn, containerName: "api", containerPort: 3000 }],
      });
    }
  });

  const desired = async (name: string) => {
    const { services } = await shop.aws.call("ecs", "DescribeServices", {
      cluster: "production",
      services: [name],
    });
    return (services as { desiredCount: number }[])[0]?.desiredCount;
  };

  it("are found with their target groups, and the one without traffic is scaled away", async () => {
    const arn = await shop.rule(forward([shop.blue, 100], [shop.green, 0]));
    const target = await shop.open({ kind: "rule", arn }, sides);
    await target.route({ canary: 1 });
    expect(shop.weights(arn)).toEqual({ blue: 0, green: 999 });
    await target.retire({ name: "shop-blue" });
    expect(await desired("shop-blue")).toBe(0);
    expect(await desired("shop-green")).toBe(2);
  });

  it("are never scaled away while they serve", async () => {
    const arn = await shop.rule(forward([shop.blue, 100], [shop.green, 0]));
    const target = await shop.open({ kind: "rule", arn }, sides);
    await target.route({ canary: 0.25 });
    for (const name of ["shop-blue", "shop-green"]) {
      await expect(target.retire({ name })).rejects.toMatchObject({ code: "TRAFFIC_DRIFTED" });
      expect(await desired(name)).toBe(2);
    }
  });

  it("are named when one is missing", async () => {
    const arn = await shop.rule(forward([shop.blue, 100], [shop.green, 0]));
    const target = await shop.open({ kind: "rule", arn }, { ...sides, canary: "shop-red" });
    await expect(target.inspect()).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("shop-red does not exist in the cluster production"),
    });
  });
});
