import type { HostLog } from "./hosts.ts";
import type { Metric } from "./metric.ts";
import type { RequestLog } from "./requests.ts";
import { type Samples, samplesOf } from "./samples.ts";
import type { MetricSource } from "./source.ts";

const namespace = "AWS/ApplicationELB";
const hostMetrics = ["HealthyHostCount", "UnHealthyHostCount"] as const;

interface Place {
  readonly loadBalancer: string;
  readonly targetGroup: string | undefined;
}

/**
 * AWS/ApplicationELB from requests that really happened. All targets stand in `zone`. Metrics exist under LoadBalancer,
 * LoadBalancer + TargetGroup, and both with AvailabilityZone; codes made by the load balancer never have a TargetGroup, host counts
 * always do.
 */
export function loadBalancerMetrics(requests: RequestLog, hosts: HostLog, zone: string): MetricSource {
  const placeOf = (metric: Metric): Place | undefined => {
    if (metric.namespace !== namespace) return undefined;
    const { LoadBalancer, TargetGroup, AvailabilityZone, ...others } = Object.fromEntries(metric.dimensions);
    if (LoadBalancer === undefined || Object.keys(others).length > 0) return undefined;
    if (AvailabilityZone !== undefined && AvailabilityZone !== zone) return undefined;
    const needsGroup = hostMetrics.some((name) => name === metric.name);
    if (needsGroup && TargetGroup === undefined) return undefined;
    if (metric.name.startsWith("HTTPCode_ELB_") && TargetGroup !== undefined) return undefined;
    return { loadBalancer: LoadBalancer, targetGroup: TargetGroup };
  };

  const hostSamples = (metric: Metric, place: Place, from: number, to: number): Samples | undefined => {
    if (place.targetGroup === undefined) return undefined;
    const counts: (readonly [number, number])[] = [];
    for (let at = Math.min(from + 60_000, to) - 1; at < to; at += 60_000) {
      const current = hosts.at(place.loadBalancer, place.targetGroup, at);
      if (current) counts.push([metric.name === "HealthyHostCount" ? current.healthy : current.unhealthy, 1]);
    }
    return samplesOf(counts);
  };

  const requestSamples = (metric: Metric, place: Place, from: number, to: number): Samples | undefined => {
    const times: (readonly [number, number])[] = [];
    let count = 0;
    for (const series of requests.series(place.loadBalancer, place.targetGroup)) {
      for (let second = Math.ceil(from / 1000); second * 1000 < to; second += 1) {
        const bucket = series.get(second);
        if (!bucket) continue;
        count += bucket.counts.get(metric.name) ?? 0;
        if (metric.name === "TargetResponseTime")
          for (const time of bucket.responseTimes) times.push([time, 1]);
      }
    }
    return metric.name === "TargetResponseTime"
      ? samplesOf(times)
      : samplesOf(count === 0 ? [] : [[1, count]]);
  };

  return {
    samples(metric, from, to) {
      const place = placeOf(metric);
      if (!place) return undefined;
      return hostMetrics.some((name) => name === metric.name)
        ? hostSamples(metric, place, from, to)
        : requestSamples(metric, place, from, to);
    },
    metrics() {
      const byRequests = requests.sources().flatMap(({ loadBalancer, targetGroup, names }) =>
        [...names].flatMap((name) => {
          const whole = [metricAt(name, loadBalancer, undefined)];
          if (targetGroup === undefined || name.startsWith("HTTPCode_ELB_")) return whole;
          return [...whole, metricAt(name, loadBalancer, targetGroup)];
        }),
      );
      const byHosts = hosts
        .sources()
        .flatMap(({ loadBalancer, targetGroup }) =>
          hostMetrics.map((name) => metricAt(name, loadBalancer, targetGroup)),
        );
      return [...byRequests, ...byHosts];
    },
  };
}

function metricAt(name: string, loadBalancer: string, targetGroup: string | undefined): Metric {
  const dimensions = new Map([["LoadBalancer", loadBalancer]]);
  if (targetGroup !== undefined) dimensions.set("TargetGroup", targetGroup);
  return { namespace, name, dimensions };
}
