import {
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Notes } from "#ship/delivery";
import { ShipError } from "#ship/kit";
import { createTagNotes } from "../../alb/notes.ts";
import type { AwsSession } from "../../session.ts";
import { ask, type Caller } from "./caller.ts";

/** One registered target as the load balancer sees it. */
export interface TargetHealth {
  readonly target: string;
  /** `healthy`, `initial`, `unhealthy`, `unused`, `draining`, `unavailable`, or a word of a later API. */
  readonly state: string;
  /** The reason code and its description, or the empty text. */
  readonly reason: string;
}

/** What reads load balancers. */
export interface BalancerReader {
  health(targetGroup: string, caller: Caller): Promise<TargetHealth[]>;
  /** Weight by target group of a listener rule's forward action. */
  weights(ruleArn: string, caller: Caller): Promise<ReadonlyMap<string, number>>;
  /** What is noted of rollouts on a listener rule. */
  notes(ruleArn: string, caller: Caller): Promise<Notes>;
}

/** Creates a {@link BalancerReader}; no call is made yet. */
export function createBalancerReader(session: AwsSession): BalancerReader {
  const client = new ElasticLoadBalancingV2Client(session.config);
  return {
    async health(targetGroup, caller) {
      const answer = await ask(caller, "elasticloadbalancing:DescribeTargetHealth", (options) =>
        client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }), options),
      );
      return (answer.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth: health }) => ({
        target: `${Target?.Id ?? ""}:${Target?.Port ?? ""}`,
        state: health?.State ?? "",
        reason: [health?.Reason, health?.Description].filter(Boolean).join(": "),
      }));
    },
    async weights(ruleArn, caller) {
      const answer = await ask(caller, "elasticloadbalancing:DescribeRules", (options) =>
        client.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }), options),
      );
      const [rule] = answer.Rules ?? [];
      if (!rule) throw new ShipError("NOT_FOUND", `The listener rule ${ruleArn} does not exist.`);
      const forward = rule.Actions?.find((action) => action.Type === "forward");
      const groups = forward?.ForwardConfig?.TargetGroups ?? [];
      const weighted = new Map(
        groups.map((group) => [group.TargetGroupArn ?? "", group.Weight ?? 1] as const),
      );
      if (weighted.size === 0 && forward?.TargetGroupArn) weighted.set(forward.TargetGroupArn, 1);
      return weighted;
    },
    notes: (ruleArn, { options }) => createTagNotes(session, client, ruleArn).read(options.signal),
  };
}
