import { createHash } from "node:crypto";

/** Makes ELBv2 names: ARNs in the real form and ids that are the same in every run. */
export interface ArnMaker {
  loadBalancer(type: "application" | "network", name: string): string;
  targetGroup(name: string): string;
  listener(loadBalancerArn: string): string;
  rule(listenerArn: string): string;
}

/** Creates an {@link ArnMaker} for one region and account. */
export function arnMaker(region: string, accountId: string): ArnMaker {
  const prefix = `arn:aws:elasticloadbalancing:${region}:${accountId}:`;
  let made = 0;
  const id = () => {
    made += 1;
    return createHash("sha256").update(`${prefix}${made}`).digest("hex").slice(0, 16);
  };
  return {
    loadBalancer: (type, name) =>
      `${prefix}loadbalancer/${type === "application" ? "app" : "net"}/${name}/${id()}`,
    targetGroup: (name) => `${prefix}targetgroup/${name}/${id()}`,
    listener: (loadBalancerArn) => `${loadBalancerArn.replace(":loadbalancer/", ":listener/")}/${id()}`,
    rule: (listenerArn) => `${listenerArn.replace(":listener/", ":listener-rule/")}/${id()}`,
  };
}

/**
 * The form CloudWatch uses in its dimensions: `app/<name>/<id>` for a load balancer, `targetgroup/<name>/<id>` for a
 * target group (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
 */
export function metricDimension(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  return resource.startsWith("loadbalancer/") ? resource.slice("loadbalancer/".length) : resource;
}
