import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import { createElbv2, type Elbv2 } from "#ship/simulators";
import { served } from "../served.ts";

describe("the simulated load balancer through the AWS SDK", () => {
  let elbv2: Elbv2;
  let front: Awaited<ReturnType<typeof served>>;
  let client: ElasticLoadBalancingV2Client;

  beforeEach(async () => {
    elbv2 = createElbv2({
      clock: systemClock,
      region: "eu-central-1",
      accountId: "123456789012",
      probe: async () => ({ kind: "status", status: 200 }),
    });
    front = await served(elbv2);
    client = new ElasticLoadBalancingV2Client(front.client);
  });
  afterEach(async () => {
    client.destroy();
    await front.close();
    await elbv2.close();
  });

  it("is built, shifted and read back without a word that the official model does not know", async () => {
    const balancer = await client.send(
      new CreateLoadBalancerCommand({
        Name: "shop",
        Subnets: ["subnet-1", "subnet-2"],
        Tags: [{ Key: "team", Value: "shop" }],
      }),
    );
    const LoadBalancerArn = balancer.LoadBalancers?.[0]?.LoadBalancerArn;
    const create = async (Name: string) => {
      const made = await client.send(
        new CreateTargetGroupCommand({
          Name,
          Protocol: "HTTP",
          Port: 8080,
          TargetType: "ip",
          HealthCheckPath: "/health",
          Matcher: { HttpCode: "200-299" },
        }),
      );
      return made.TargetGroups?.[0]?.TargetGroupArn;
    };
    const blue = await create("blue");
    const green = await create("green");
    const listener = await client.send(
      new CreateListenerCommand({
        LoadBalancerArn,
        Protocol: "HTTP",
        Port: 80,
        DefaultActions: [{ Type: "forward", TargetGroupArn: blue }],
      }),
    );
    const ListenerArn = listener.Listeners?.[0]?.ListenerArn;
    const rule = await client.send(
      new CreateRuleCommand({
        ListenerArn,
        Priority: 1,
        Conditions: [
          { Field: "path-pattern", PathPatternConfig: { Values: ["/orders*"] } },
          { Field: "query-string", QueryStringConfig: { Values: [{ Key: "arm", Value: "x" }] } },
        ],
        Actions: [{ Type: "forward", TargetGroupArn: blue }],
      }),
    );
    const RuleArn = rule.Rules?.[0]?.RuleArn;
    const forward = {
      Type: "forward" as const,
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: blue, Weight: 95 },
          { TargetGroupArn: green, Weight: 5 },
        ],
        TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
      },
    };
    await client.send(new ModifyRuleCommand({ RuleArn, Actions: [forward] }));
    await client.send(new ModifyListenerCommand({ ListenerArn, DefaultActions: [forward] }));
    await client.send(
      new RegisterTargetsCommand({ TargetGroupArn: green, Targets: [{ Id: "10.0.0.1", Port: 8080 }] }),
    );
    await client.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: green,
        Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "5" }],
      }),
    );

    const rules = await client.send(new DescribeRulesCommand({ ListenerArn }));
    expect(
      rules.Rules?.map((each) => [each.Priority, each.IsDefault, each.Actions?.[0]?.ForwardConfig]),
    ).toEqual([
      ["1", false, forward.ForwardConfig],
      ["default", true, forward.ForwardConfig],
    ]);
    const health = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: green }));
    expect(health.TargetHealthDescriptions?.[0]?.Target).toEqual({ Id: "10.0.0.1", Port: 8080 });
    const attributes = await client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: green }));
    expect(attributes.Attributes).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "5" });
    const groups = await client.send(new DescribeTargetGroupsCommand({ LoadBalancerArn }));
    expect(groups.TargetGroups?.map((group) => group.HealthCheckIntervalSeconds)).toEqual([30, 30]);
    const described = await client.send(new DescribeLoadBalancersCommand({ Names: ["shop"] }));
    expect(described.LoadBalancers?.[0]?.CreatedTime).toBeInstanceOf(Date);
    await client.send(new DescribeListenersCommand({ LoadBalancerArn }));
    const tags = await client.send(new DescribeTagsCommand({ ResourceArns: [LoadBalancerArn ?? ""] }));
    expect(tags.TagDescriptions?.[0]?.Tags).toEqual([{ Key: "team", Value: "shop" }]);
    expect(front.violations).toEqual([]);
  });

  it("fails with errors the SDK has classes for", async () => {
    const missing = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/a/1/2/3";

    await expect(client.send(new DescribeRulesCommand({ RuleArns: [missing] }))).rejects.toMatchObject({
      name: "RuleNotFoundException",
      message: "One or more rules not found",
    });
    await expect(client.send(new DescribeTargetGroupsCommand({ Names: ["none"] }))).rejects.toMatchObject({
      name: "TargetGroupNotFoundException",
    });
    expect(front.violations).toEqual([]);
  });
});
