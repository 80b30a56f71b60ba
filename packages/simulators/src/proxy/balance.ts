import type { Target, WeightedGroup } from "../elbv2/model.ts";

/** Chooses one of several groups by relative weight; undefined when all weigh nothing. `random` is in [0, 1). */
export function chooseGroup(groups: readonly WeightedGroup[], random: number): WeightedGroup | undefined {
  const total = groups.reduce((sum, group) => sum + group.weight, 0);
  let rest = random * total;
  for (const group of groups) {
    if (rest < group.weight) return group;
    rest -= group.weight;
  }
  return undefined;
}

/**
 * Targets that may get a request: the healthy ones, or, when there are none, all that are registered. That is how an
 * Application Load Balancer fails open (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html).
 */
export function eligible(targets: readonly Target[]): readonly Target[] {
  const registered = targets.filter((target) => target.drainingUntil === undefined);
  const healthy = registered.filter(
    (target) => target.checked.state === "healthy" || target.checked.state === "unavailable",
  );
  return healthy.length > 0 ? healthy : registered;
}

/** Takes turns among the targets of each group. */
export interface RoundRobin {
  next(groupArn: string, targets: readonly Target[]): Target | undefined;
}

export function createRoundRobin(): RoundRobin {
  const turns = new Map<string, number>();
  return {
    next(groupArn, targets) {
      const turn = (turns.get(groupArn) ?? -1) + 1;
      turns.set(groupArn, turn);
      return targets[turn % targets.length];
    },
  };
}
