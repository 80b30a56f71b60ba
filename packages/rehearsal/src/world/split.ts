import type { WeightChange } from "#ship/simulators";
import type { World } from "./world.ts";

/** Share (0 to 1) of the traffic that weights give to a target group. */
function shareOf(weights: ReadonlyMap<string, number>, arn: string): number {
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return whole === 0 ? 0 : (weights.get(arn) ?? 0) / whole;
}

/** Share (0 to 1) of production's traffic that the candidate's side, green, gets now. */
export function candidateShare({ aws, production }: World): number {
  return shareOf(aws.elbv2.ruleWeights(production.ruleArn) ?? new Map(), production.greenArn);
}

/** Gives the candidate a share (0 to 1) of production's traffic, as somebody with the AWS console would. */
export async function setShare({ aws, production }: World, share: number): Promise<void> {
  const whole = 100;
  const { ruleArn, blueArn, greenArn } = production;
  await aws.call("elbv2", "ModifyRule", {
    RuleArn: ruleArn,
    Actions: [
      {
        Type: "forward",
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: blueArn, Weight: Math.round(whole * (1 - share)) },
            { TargetGroupArn: greenArn, Weight: Math.round(whole * share) },
          ],
        },
      },
    ],
  });
}

/** The candidate's share from an instant (milliseconds since the epoch) on. */
export interface ShareChange {
  readonly at: number;
  readonly share: number;
}

/** Every share the candidate has had, oldest first. */
export function shareHistory({ aws, production }: World): readonly ShareChange[] {
  const changes: readonly WeightChange[] = aws.elbv2.weightHistory(production.ruleArn);
  return changes.map(({ at, weights }) => ({ at, share: shareOf(weights, production.greenArn) }));
}
