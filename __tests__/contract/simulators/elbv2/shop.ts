import { type Clock, manualClock } from "#ship/kit";
import { createElbv2, type Elbv2Options } from "#ship/simulators";

/** A load balancer `shop` with groups `blue` (default of its listener) and `green` (on no rule). */
export async function shop(options: Partial<Elbv2Options> & { readonly clock?: Clock } = {}) {
  const elbv2 = createElbv2({
    clock: manualClock(),
    region: "eu-central-1",
    accountId: "123456789012",
    probe: async () => ({ kind: "status", status: 200 }),
    ...options,
  });
  const balancer = elbv2.createLoadBalancer({ name: "shop" });
  const blue = elbv2.createTargetGroup({ name: "blue" }).arn;
  const green = elbv2.createTargetGroup({ name: "green" }).arn;
  const listener = await elbv2.createListener({
    loadBalancerArn: balancer.arn,
    port: 80,
    defaultActions: [
      {
        type: "forward",
        targetGroups: [{ targetGroupArn: blue, weight: 1 }],
        stickiness: { enabled: false },
      },
    ],
  });
  return { elbv2, balancer, blue, green, listener };
}

/** A forward action with weights, as the API takes it. */
export function weighted(...groups: readonly (readonly [arn: string, weight: number])[]) {
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: groups.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
    },
  };
}
