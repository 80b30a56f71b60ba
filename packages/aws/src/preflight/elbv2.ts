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
    return actions.flatMap(
      (action) => action.ForwardConfig?.TargetGroups?.map((group) => group.TargetGroupArn ?? "") ?? [],
    );
  } finally {
    client.destroy();
  }
}
