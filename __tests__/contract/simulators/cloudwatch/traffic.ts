import { type ManualClock, manualClock } from "#ship/kit";
import { createCloudWatch, createLoadBalancerTelemetry, type RequestRecord } from "#ship/simulators";

export const loadBalancer = "app/shop/0000000000000001";
export const blue = "targetgroup/blue/0000000000000002";
export const green = "targetgroup/green/0000000000000003";

const prefix = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:";
export const loadBalancerArn = `${prefix}loadbalancer/${loadBalancer}`;
export const arnOf = (group: string) => `${prefix}${group}`;

/** A CloudWatch at 12:00:00 with nothing measured yet, and a way to tell it of requests. */
export function traffic(clock: ManualClock = manualClock(Date.UTC(2026, 0, 1, 12))) {
  const telemetry = createLoadBalancerTelemetry();
  const cloudwatch = createCloudWatch({
    clock,
    region: "eu-central-1",
    accountId: "123456789012",
    telemetry,
  });
  const start = clock.now();
  return {
    clock,
    cloudwatch,
    telemetry,
    start,
    /** Records requests at `second` after the start; a `group` means that a target of it was chosen. */
    serve(second: number, count: number, details: Partial<RequestRecord> & { readonly group?: string } = {}) {
      const { group, ...record } = details;
      for (let sent = 0; sent < count; sent += 1) {
        telemetry.onRequest({
          at: start + second * 1000,
          loadBalancerArn,
          status: 200,
          targetConnectionError: false,
          ...(group === undefined
            ? {}
            : { targetGroupArn: arnOf(group), endpoint: { host: "10.0.0.1", port: 80 } }),
          ...record,
        });
      }
    },
  };
}

/** One entry of MetricDataQueries about the load balancer, or one of its groups. */
export function query(id: string, metric: string, group?: string, period = 60, stat = "Sum") {
  return {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: "AWS/ApplicationELB",
        MetricName: metric,
        Dimensions: [
          ...(group === undefined ? [] : [{ Name: "TargetGroup", Value: group }]),
          { Name: "LoadBalancer", Value: loadBalancer },
        ],
      },
      Period: period,
      Stat: stat,
    },
  };
}
