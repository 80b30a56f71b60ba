import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AwsSession } from "../session.ts";

export async function ruleTargetGroups(ruleArn: string, session: AwsSession): Promise<readonly string[]> {
  const client = new ElasticLoadBalancingV2Client(session.config);
  try {
    const answer = await session.call("elasticloadbalancing:DescribeRules", (abortSignal) =>
      client.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }), { abortSignal }),
    );
    const actions = answer.Rules?.[0]?.Actions ?? [];
    return actions.flatMap((action) => {
      const groups = action.ForwardConfig?.TargetGroups ?? [];
      // A forward to one group alone may be answered without the list.
      return (groups.length > 0 ? groups : [action]).flatMap((group) => group.TargetGroupArn ?? []);
    });
  } finally {
    client.destroy();
  }
}
