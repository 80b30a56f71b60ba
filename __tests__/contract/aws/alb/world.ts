import { openAlbTarget, type SplitPlace, type SplitSides } from "#ship/aws";
import type { TrafficTarget } from "#ship/delivery";
import { type Clock, manualClock } from "#ship/kit";
import { type JsonObject, type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { testSession } from "../session.ts";

/** A load balancer with the groups `blue` and `green` behind one listener, in a simulated account. */
export interface World {
  readonly aws: SimulatedAws;
  readonly blue: string;
  readonly green: string;
  readonly listener: string;
  readonly clock: Clock;
  /** Hosts whose health checks fail. */
  readonly ailing: Set<string>;
  advance(milliseconds: number): Promise<void>;
  /** Adds a rule with these actions, as the API takes them; answers its ARN. */
  rule(...actions: readonly JsonObject[]): Promise<string>;
  actions(rule: string): Promise<readonly JsonObject[]>;
  weights(place: string): Readonly<Record<string, number>>;
  open(place: SplitPlace, sides?: SplitSides): Promise<TrafficTarget>;
  /** Actions of the writes that were carried out, oldest first. */
  writes(): readonly string[];
}

export async function world(): Promise<World> {
  const time = manualClock();
  const ailing = new Set<string>();
  const aws = await startSimulatedAws({
    clock: time,
    elbv2: { probe: async ({ host }) => ({ kind: "status", status: ailing.has(host) ? 500 : 200 }) },
  });
  const balancer = aws.elbv2.createLoadBalancer({ name: "shop" });
  const blue = aws.elbv2.createTargetGroup({ name: "blue" }).arn;
  const green = aws.elbv2.createTargetGroup({ name: "green" }).arn;
  const listener = await aws.elbv2.createListener({
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
  // What waits is what moves time: the account stands still while calls are answered.
  const clock: Clock = {
    now: time.now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      await time.advance(milliseconds);
    },
  };
  let priority = 0;
  return {
    aws,
    blue,
    green,
    clock,
    ailing,
    listener: listener.arn,
    advance: (milliseconds) => time.advance(milliseconds),
    async rule(...Actions) {
      priority += 1;
      const { Rules } = await aws.call("elbv2", "CreateRule", {
        ListenerArn: listener.arn,
        Priority: priority,
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: [`/${priority}`] } }],
        Actions,
      });
      return String((Rules as JsonObject[])[0]?.["RuleArn"]);
    },
    async actions(rule) {
      const { Rules } = await aws.call("elbv2", "DescribeRules", { RuleArns: [rule] });
      return (Rules as JsonObject[])[0]?.["Actions"] as JsonObject[];
    },
    weights: (place) =>
      Object.fromEntries(
        [...(aws.elbv2.ruleWeights(place) ?? [])].map(([arn, weight]) => [arn.split("/")[1] ?? arn, weight]),
      ),
    open: (place, sides = { kind: "target-groups", stable: blue, canary: green }) =>
      openAlbTarget(testSession(clock, aws.environment()), { place, sides }),
    writes: () =>
      aws.calls.all
        .filter((call) => call.applied && /^(Modify|Update)/.test(call.action))
        .map((call) => call.action),
  };
}

/** A forward action with weights, as the API takes it. */
export function forward(...groups: readonly (readonly [arn: string, weight: number])[]): JsonObject {
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: groups.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
    },
  };
}
