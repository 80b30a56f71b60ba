import type { ForwardAction, SimulatedAws } from "#ship/simulators";

/** Health checks and draining of every target group, in the load balancer's seconds. */
const healthCheck = {
  path: "/health",
  intervalSeconds: 5,
  timeoutSeconds: 4,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
};
const attributes = new Map([["deregistration_delay.timeout_seconds", "10"]]);

/** A load balancer with one service behind it. */
export interface SingleBalancer {
  readonly targetGroupArn: string;
}

/** A load balancer with a pair of services behind one listener rule. */
export interface PairBalancer {
  readonly blueArn: string;
  readonly greenArn: string;
  readonly ruleArn: string;
  /** Where its users come in. */
  readonly url: string;
}

/** Creates staging's load balancer: everything goes to one target group. */
export async function createSingleBalancer(aws: SimulatedAws): Promise<SingleBalancer> {
  const group = aws.elbv2.createTargetGroup({
    name: "staging-shop-api",
    port: 3000,
    healthCheck,
    attributes,
  });
  await open(aws, "staging", forward([[group.arn, 100]]));
  return { targetGroupArn: group.arn };
}

/** Creates production's load balancer: one rule divides the traffic, blue has it all. */
export async function createPairBalancer(aws: SimulatedAws): Promise<PairBalancer> {
  const [blue, green] = ["blue", "green"].map((color) =>
    aws.elbv2.createTargetGroup({
      name: `production-shop-api-${color}`,
      port: 3000,
      healthCheck,
      attributes,
    }),
  );
  if (!blue || !green) throw new Error("The target groups of production could not be created.");
  const weights = forward([
    [blue.arn, 100],
    [green.arn, 0],
  ]);
  const nothing = { type: "fixed-response", statusCode: 404 } as const;
  const { listenerArn, url } = await open(aws, "production", nothing);
  const rule = aws.elbv2.createRule({
    listenerArn,
    priority: 10,
    conditions: [{ field: "path-pattern", values: ["/*"] }],
    actions: [weights],
  });
  return { blueArn: blue.arn, greenArn: green.arn, ruleArn: rule.arn, url };
}

async function open(
  aws: SimulatedAws,
  name: string,
  action: Parameters<SimulatedAws["elbv2"]["createListener"]>[0]["defaultActions"][number],
): Promise<{ readonly listenerArn: string; readonly url: string }> {
  const balancer = aws.elbv2.createLoadBalancer({ name });
  const listener = await aws.elbv2.createListener({
    loadBalancerArn: balancer.arn,
    port: 80,
    defaultActions: [action],
  });
  const endpoint = aws.elbv2.endpoint(listener.arn);
  if (!endpoint) throw new Error(`The load balancer ${name} has no port on this machine.`);
  return { listenerArn: listener.arn, url: `http://${endpoint.host}:${endpoint.port}` };
}

function forward(weights: readonly (readonly [arn: string, weight: number])[]): ForwardAction {
  return {
    type: "forward",
    targetGroups: weights.map(([targetGroupArn, weight]) => ({ targetGroupArn, weight })),
    stickiness: { enabled: false },
  };
}
