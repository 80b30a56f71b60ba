/** A group's healthy and unhealthy hosts from `at` (milliseconds since the epoch) on. */
export interface HostChange {
  readonly at: number;
  readonly targetGroupArn: string;
  readonly loadBalancerArns: readonly string[];
  readonly healthy: number;
  readonly unhealthy: number;
}

/** Remembers host counts as they change. */
export interface HostLog {
  record(change: HostChange): void;
  /** The counts in force at an instant; undefined while the group has no hosts or is not behind the load balancer. */
  at(
    loadBalancer: string,
    targetGroup: string,
    instant: number,
  ): { readonly healthy: number; readonly unhealthy: number } | undefined;
  /** Every pair of load balancer and group with a history. */
  sources(): readonly { readonly loadBalancer: string; readonly targetGroup: string }[];
}

/** Creates an empty log. `dimension` turns an ARN into its CloudWatch dimension value. */
export function createHostLog(dimension: (arn: string) => string): HostLog {
  const byGroup = new Map<string, HostChange[]>();
  return {
    record(change) {
      const group = dimension(change.targetGroupArn);
      const changes = byGroup.get(group) ?? [];
      changes.push({ ...change, loadBalancerArns: change.loadBalancerArns.map(dimension) });
      byGroup.set(group, changes);
    },
    at(loadBalancer, targetGroup, instant) {
      const current = byGroup.get(targetGroup)?.findLast((change) => change.at <= instant);
      if (!current?.loadBalancerArns.includes(loadBalancer)) return undefined;
      return current.healthy + current.unhealthy === 0 ? undefined : current;
    },
    sources: () =>
      [...byGroup].flatMap(([targetGroup, changes]) =>
        [...new Set(changes.flatMap((change) => change.loadBalancerArns))].map((loadBalancer) => ({
          loadBalancer,
          targetGroup,
        })),
      ),
  };
}
