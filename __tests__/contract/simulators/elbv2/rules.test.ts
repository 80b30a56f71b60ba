import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import { call, refusal } from "../calls.ts";
import { shop, weighted } from "./shop.ts";

describe("listener rules of the simulated load balancer", () => {
  const clock = manualClock();
  let world: Awaited<ReturnType<typeof shop>>;
  let ruleArn: string;

  beforeEach(async () => {
    world = await shop({ clock });
    const { elbv2, listener, blue, green } = world;
    ruleArn = elbv2.createRule({
      listenerArn: listener.arn,
      priority: 10,
      conditions: [{ field: "path-pattern", values: ["/orders*"] }],
      actions: [
        {
          type: "forward",
          targetGroups: [
            { targetGroupArn: blue, weight: 100 },
            { targetGroupArn: green, weight: 0 },
          ],
          stickiness: { enabled: false },
        },
      ],
    }).arn;
  });
  afterEach(() => world.elbv2.close());

  it("have ARNs of the real form", () => {
    const path = "eu-central-1:123456789012:";
    expect(world.balancer.arn).toMatch(
      new RegExp(`^arn:aws:elasticloadbalancing:${path}loadbalancer/app/shop/[0-9a-f]{16}$`),
    );
    expect(world.blue).toMatch(new RegExp(`${path}targetgroup/blue/[0-9a-f]{16}$`));
    expect(ruleArn).toMatch(
      new RegExp(`${path}listener-rule/app/shop/[0-9a-f]{16}/[0-9a-f]{16}/[0-9a-f]{16}$`),
    );
  });

  it("describe a forward to one group in both its forms", async () => {
    await call(world.elbv2, "ModifyRule", {
      RuleArn: ruleArn,
      Actions: [{ Type: "forward", TargetGroupArn: world.green }],
    });

    const { Rules } = await call(world.elbv2, "DescribeRules", { RuleArns: [ruleArn] });
    expect(Rules).toEqual([
      expect.objectContaining({
        Priority: "10",
        IsDefault: false,
        Actions: [
          {
            Type: "forward",
            TargetGroupArn: world.green,
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: world.green, Weight: 1 }],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      }),
    ]);
  });

  it("are listed by priority with the default rule last, in pages", async () => {
    const { elbv2, listener, blue } = world;
    await call(elbv2, "CreateRule", {
      ListenerArn: listener.arn,
      Priority: "5",
      Conditions: [{ Field: "host-header", Values: ["shop.example"] }],
      Actions: [{ Type: "forward", TargetGroupArn: blue }],
    });

    const first = await call(elbv2, "DescribeRules", { ListenerArn: listener.arn, PageSize: "2" });
    const second = await call(elbv2, "DescribeRules", {
      ListenerArn: listener.arn,
      Marker: first["NextMarker"],
    });
    expect(first["Rules"]).toMatchObject([{ Priority: "5" }, { Priority: "10" }]);
    expect(second["Rules"]).toMatchObject([{ Priority: "default", IsDefault: true }]);
    expect(second).not.toHaveProperty("NextMarker");
  });

  it("replace all actions, so that an authentication left out is gone and one sent again stays", async () => {
    const login = {
      Type: "authenticate-oidc",
      Order: "1",
      AuthenticateOidcConfig: { Issuer: "https://login.example", ClientId: "shop" },
    };
    const forward = { ...weighted([world.blue, 90], [world.green, 10]), Order: "2" };

    const kept = await call(world.elbv2, "ModifyRule", { RuleArn: ruleArn, Actions: [forward, login] });
    expect(kept["Rules"]).toMatchObject([
      {
        Actions: [
          { Type: "authenticate-oidc", Order: 1 },
          { Type: "forward", Order: 2 },
        ],
      },
    ]);
    const lost = await call(world.elbv2, "ModifyRule", { RuleArn: ruleArn, Actions: [forward] });
    expect(lost["Rules"]).toMatchObject([{ Actions: [{ Type: "forward" }] }]);
  });

  it("keep authentication and stickiness when ECS shifts their weights", async () => {
    const { elbv2, blue, green } = world;
    await call(elbv2, "ModifyRule", {
      RuleArn: ruleArn,
      Actions: [
        { Type: "authenticate-oidc", Order: 1, AuthenticateOidcConfig: { Issuer: "https://login.example" } },
        {
          Type: "forward",
          Order: 2,
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: blue, Weight: 1 }],
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: "600" },
          },
        },
      ],
    });

    elbv2.setRuleWeights(
      ruleArn,
      new Map([
        [blue, 95],
        [green, 5],
      ]),
    );

    const { Rules } = await call(elbv2, "DescribeRules", { RuleArns: [ruleArn] });
    expect(Rules).toMatchObject([
      {
        Actions: [
          { Type: "authenticate-oidc", Order: 1 },
          {
            Order: 2,
            ForwardConfig: {
              TargetGroups: [{ Weight: 95 }, { Weight: 5 }],
              TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 600 },
            },
          },
        ],
      },
    ]);
  });

  it("remember when which weights came into force", async () => {
    const { elbv2, blue, green } = world;
    const start = clock.now();
    await clock.advance(60_000);
    await call(elbv2, "ModifyRule", { RuleArn: ruleArn, Actions: [weighted([blue, 90], [green, 10])] });
    await call(elbv2, "ModifyRule", { RuleArn: ruleArn, Actions: [weighted([blue, 90], [green, 10])] });

    expect(elbv2.weightHistory(ruleArn).map(({ at, weights }) => [at - start, ...weights.values()])).toEqual([
      [0, 100, 0],
      [60_000, 90, 10],
    ]);
    expect(elbv2.ruleWeights(ruleArn)).toEqual(
      new Map([
        [blue, 90],
        [green, 10],
      ]),
    );
  });

  it("refuse what the API refuses, in its codes, and then change nothing", async () => {
    const { elbv2, listener, blue, green } = world;
    const modify = (...actions: readonly object[]) =>
      refusal(elbv2, "ModifyRule", { RuleArn: ruleArn, Actions: actions });
    const [defaultRule] = elbv2.rules(listener.arn).filter((rule) => rule.priority === "default");

    expect(await modify(weighted([blue, 1000]))).toMatch(/^ValidationError: .*'1000'.*between 0 and 999/);
    expect(await modify(weighted([blue, 1.5]))).toMatch(/^ValidationError: .*'1.5'/);
    expect(await modify({ ...weighted([blue, 1], [green, 1]), TargetGroupArn: blue })).toMatch(
      /^ValidationError: /,
    );
    expect(await modify(weighted([`${blue}0`, 1]))).toBe(
      "TargetGroupNotFound: One or more target groups not found",
    );
    expect(await modify({ Type: "authenticate-oidc", AuthenticateOidcConfig: {} })).toMatch(
      /exactly one action/,
    );
    expect(await refusal(elbv2, "ModifyRule", { RuleArn: `${ruleArn}0` })).toBe(
      "RuleNotFound: One or more rules not found",
    );
    expect(await refusal(elbv2, "DescribeRules", { ListenerArn: `${listener.arn}0` })).toMatch(
      /^ListenerNotFound: /,
    );
    expect(
      await refusal(elbv2, "ModifyRule", { RuleArn: defaultRule?.arn, Actions: [weighted([blue, 1])] }),
    ).toMatch(/^OperationNotPermitted: Default rule/);
    expect(
      await refusal(elbv2, "CreateRule", {
        ListenerArn: listener.arn,
        Priority: 10,
        Conditions: [{ Field: "path-pattern", Values: ["/"] }],
        Actions: [weighted([blue, 1])],
      }),
    ).toBe("PriorityInUse: Priority '10' is currently in use");
    expect(
      await refusal(elbv2, "ModifyRule", { RuleArn: ruleArn, Transforms: [{ Type: "url-rewrite" }] }),
    ).toMatch(/^InvalidConfigurationRequest: Transforms are not simulated/);
    expect(await refusal(elbv2, "DeleteTargetGroup", { TargetGroupArn: green })).toMatch(/^ResourceInUse: /);
    expect(elbv2.ruleWeights(ruleArn)).toEqual(
      new Map([
        [blue, 100],
        [green, 0],
      ]),
    );
  });

  it("swap priorities in one call", async () => {
    const { elbv2, listener, blue } = world;
    const other = elbv2.createRule({
      listenerArn: listener.arn,
      priority: 20,
      conditions: [{ field: "http-request-method", values: ["GET"] }],
      actions: [
        {
          type: "forward",
          targetGroups: [{ targetGroupArn: blue, weight: 1 }],
          stickiness: { enabled: false },
        },
      ],
    }).arn;

    await call(elbv2, "SetRulePriorities", {
      RulePriorities: [
        { RuleArn: ruleArn, Priority: "20" },
        { RuleArn: other, Priority: "10" },
      ],
    });
    expect(
      elbv2
        .rules(listener.arn)
        .map((rule) => rule.arn)
        .slice(0, 2),
    ).toEqual([other, ruleArn]);
  });

  it("carry tags that can be added, read and removed", async () => {
    const { elbv2 } = world;
    await call(elbv2, "AddTags", {
      ResourceArns: [ruleArn],
      Tags: [
        { Key: "rollout", Value: "r-1" },
        { Key: "step", Value: "2" },
      ],
    });
    await call(elbv2, "RemoveTags", { ResourceArns: [ruleArn], TagKeys: ["step"] });

    expect(await call(elbv2, "DescribeTags", { ResourceArns: [ruleArn] })).toEqual({
      TagDescriptions: [{ ResourceArn: ruleArn, Tags: [{ Key: "rollout", Value: "r-1" }] }],
    });
    expect(await refusal(elbv2, "DescribeTags", { ResourceArns: [`${ruleArn}0`] })).toMatch(/^RuleNotFound/);
  });
});
