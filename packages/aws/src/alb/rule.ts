import {
  type Action,
  DescribeListenersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ShipError } from "#ship/kit";
import type { AwsSession } from "../session.ts";
import { urgentRequests } from "../urgency.ts";

/** Where the split is written: a listener rule, or a listener's default action. ARNs. */
export type SplitPlace =
  | { readonly kind: "rule"; readonly arn: string }
  | { readonly kind: "listener"; readonly arn: string };

/** The actions of one place. Every call is one API call; retrying is the caller's. */
export interface RoutingRule {
  /** IAM actions of the two calls. */
  readonly permissions: { readonly read: string; readonly write: string };
  /** @throws ShipError `NOT_FOUND` when the place does not exist */
  read(signal: AbortSignal): Promise<readonly Action[]>;
  /** Replaces the whole list. */
  write(actions: readonly Action[], signal: AbortSignal): Promise<void>;
  /** The command that writes these actions by hand. */
  command(actions: readonly Action[]): string;
}

/** Opens a place; no call is made yet. */
export function openRule(session: AwsSession, place: SplitPlace): RoutingRule {
  const client = new ElasticLoadBalancingV2Client({ ...session.config, ...urgentRequests });
  const gone = () => new ShipError("NOT_FOUND", `The ${place.kind} ${place.arn} does not exist.`);
  const command = (verb: string, arn: string, option: string) => (actions: readonly Action[]) =>
    `aws elbv2 ${verb} --region ${session.region} ${arn} ${place.arn} ${option} '${JSON.stringify(actions)}'`;

  if (place.kind === "rule") {
    return {
      permissions: {
        read: "elasticloadbalancing:DescribeRules",
        write: "elasticloadbalancing:ModifyRule",
      },
      async read(abortSignal) {
        const answer = await client.send(new DescribeRulesCommand({ RuleArns: [place.arn] }), {
          abortSignal,
        });
        const [rule] = answer.Rules ?? [];
        if (!rule) throw gone();
        return rule.Actions ?? [];
      },
      async write(actions, abortSignal) {
        const command = new ModifyRuleCommand({ RuleArn: place.arn, Actions: [...actions] });
        await client.send(command, { abortSignal });
      },
      command: command("modify-rule", "--rule-arn", "--actions"),
    };
  }
  return {
    permissions: {
      read: "elasticloadbalancing:DescribeListeners",
      write: "elasticloadbalancing:ModifyListener",
    },
    async read(abortSignal) {
      const answer = await client.send(new DescribeListenersCommand({ ListenerArns: [place.arn] }), {
        abortSignal,
      });
      const [listener] = answer.Listeners ?? [];
      if (!listener) throw gone();
      return listener.DefaultActions ?? [];
    },
    async write(actions, abortSignal) {
      const command = new ModifyListenerCommand({ ListenerArn: place.arn, DefaultActions: [...actions] });
      await client.send(command, { abortSignal });
    },
    command: command("modify-listener", "--listener-arn", "--default-actions"),
  };
}
