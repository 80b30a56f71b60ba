import type { EcsContext } from "../context.ts";
import type { LoadBalancerBinding, Revision, Service, ServiceDeployment } from "../model.ts";

/** Moving production and test traffic between two revisions through the listener rules of `advancedConfiguration`. */

/** Rule weights are integers from 0 to 999; fractions of a percent use the whole range. */
function weights(percent: number): { green: number; blue: number } {
  if (Number.isInteger(percent)) return { green: percent, blue: 100 - percent };
  const green = Math.round(percent * 9.99);
  return { green, blue: 999 - green };
}

interface Pair {
  readonly shifting: NonNullable<LoadBalancerBinding["shifting"]>;
  readonly green: string;
  readonly blue: string;
}

function pairsOf(green: Revision): Pair[] {
  return green.settings.loadBalancers.flatMap(({ targetGroupArn, shifting }, index) => {
    if (!shifting) return [];
    const mine = green.targetGroupArns[index] ?? targetGroupArn;
    const other = mine === targetGroupArn ? shifting.alternateTargetGroupArn : targetGroupArn;
    return [{ shifting, green: mine, blue: other }];
  });
}

/** Gives the target revision `percent` of the production traffic. */
export function shiftProduction(ecs: EcsContext, deployment: ServiceDeployment, percent: number): void {
  for (const { shifting, green, blue } of pairsOf(deployment.target.revision)) {
    const share = weights(percent);
    ecs.loadBalancing.setRuleWeights(
      shifting.productionListenerRule,
      new Map([
        [green, share.green],
        [blue, share.blue],
      ]),
    );
  }
  if (deployment.traffic) deployment.traffic.production = percent;
  deployment.updatedAt = ecs.clock.now();
}

/** Gives the target revision `percent` (0 or 100) of the test traffic, where there is a test rule. */
export function shiftTest(ecs: EcsContext, deployment: ServiceDeployment, percent: 0 | 100): void {
  for (const { shifting, green, blue } of pairsOf(deployment.target.revision)) {
    if (!shifting.testListenerRule) continue;
    ecs.loadBalancing.setRuleWeights(
      shifting.testListenerRule,
      new Map([
        [green, percent],
        [blue, 100 - percent],
      ]),
    );
  }
  if (deployment.traffic) deployment.traffic.test = percent;
}

/** Why the listener rules do not allow this deployment, in the words of "Troubleshooting blue/green deployments"; undefined when they do. */
export function networkingFault(
  ecs: EcsContext,
  service: Service,
  deployment: ServiceDeployment,
): string | undefined {
  const start = "Service deployment rolled back because of invalid networking configuration";
  for (const { shifting, green, blue } of pairsOf(deployment.target.revision)) {
    const production = ecs.loadBalancing.ruleWeights(shifting.productionListenerRule);
    const test = shifting.testListenerRule
      ? ecs.loadBalancing.ruleWeights(shifting.testListenerRule)
      : undefined;
    if (!production) return `${start}. One or more rules not found`;
    for (const group of [green, blue]) {
      if (!production.has(group) && !test?.has(group)) {
        return `${start}: Target group ${group} is not associated with either productionListenerRule or testListenerRule.`;
      }
    }
    const serving = [...production].filter(([, weight]) => weight > 0).map(([group]) => group);
    if (serving.length !== 1 && service.deployments.length > 1) {
      return `${start}. productionListenerRule ${shifting.productionListenerRule} should have exactly one target group serving traffic but found ${serving.length} target groups which are serving traffic`;
    }
    const stranger = serving.find((group) => group !== green && group !== blue);
    if (stranger) {
      return `${start}. Production listener rule is forwarding traffic to unexpected target group ${stranger}. Expected traffic to be forwarded to either targetGroupArn: ${green} or alternateTargetGroupArn: ${blue}`;
    }
  }
  return undefined;
}
