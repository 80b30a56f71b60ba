import type { CodeDeployContext } from "./context.ts";
import type { Deployment } from "./model.ts";

/** ARNs of the target group that the original tasks use and of the one for their replacement. */
export function groupsOf(context: CodeDeployContext, deployment: Deployment) {
  const [first, second] = deployment.group.routes.targetGroups.map((name) =>
    context.routes.targetGroupNamed(name),
  );
  const serving = context.taskSets
    .of(deployment.serviceArn ?? "")
    .find((set) => set.id === deployment.blue)?.targetGroupArn;
  if (first === undefined || second === undefined) return undefined;
  return serving === second ? { blue: second, green: first } : { blue: first, green: second };
}

/**
 * Gives the replacement `percent` of the traffic of the production or test listener: every rule of it that forwards to one
 * of the two groups is rewritten.
 */
export function shift(
  context: CodeDeployContext,
  deployment: Deployment,
  route: "production" | "test",
  percent: number,
): void {
  const groups = groupsOf(context, deployment);
  if (!groups) return;
  const weights = new Map([
    [groups.blue, 100 - percent],
    [groups.green, percent],
  ]);
  for (const listener of deployment.group.routes[route]) {
    const rules = context.routes.rulesForwarding(listener, [groups.blue, groups.green]);
    for (const rule of rules) context.routes.setRuleWeights(rule, weights);
  }
  if (route === "production") deployment.traffic = percent;
}
