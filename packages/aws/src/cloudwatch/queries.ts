import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";

/** The CloudWatch dimensions of a target group behind a load balancer: `app/<name>/<id>` and `targetgroup/<name>/<id>`. */
export interface GroupDimensions {
  readonly loadBalancer: string;
  readonly targetGroup: string;
}

/** A statistic of one metric of a target group. */
export interface SeriesQuery {
  readonly id: string;
  readonly metric: string;
  /** `Sum`, `p95`, `TC(0.5:)` … */
  readonly statistic: string;
  readonly group: GroupDimensions;
  /** Seconds. */
  readonly period: number;
}

/** A query of GetMetricData. */
export function metricQuery({ id, metric, statistic, group, period }: SeriesQuery): MetricDataQuery {
  return {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: "AWS/ApplicationELB",
        MetricName: metric,
        Dimensions: [
          { Name: "LoadBalancer", Value: group.loadBalancer },
          { Name: "TargetGroup", Value: group.targetGroup },
        ],
      },
      Period: period,
      Stat: statistic,
    },
    ReturnData: true,
  };
}

/** The dimension value of a load balancer, from the ARN of one of its listeners or rules (`…:listener-rule/app/<name>/<id>/…`). */
export function loadBalancerDimension(listenerOrRuleArn: string): string {
  return listenerOrRuleArn.split("/").slice(1, 4).join("/");
}

/** The dimension value of a target group: the last part of its ARN. */
export function targetGroupDimension(arn: string): string {
  return arn.split(":").slice(5).join(":");
}
