import type { RequestRecord } from "../ports.ts";

/** Load balancer metrics counted per second of one target group, or of the answers that reached no group. */
export interface SecondOfRequests {
  /** Number of requests by metric name. */
  readonly counts: Map<string, number>;
  /** Seconds each target took to answer. */
  readonly responseTimes: number[];
}

/** Requests by load balancer, target group and second. */
export interface RequestLog {
  /** Stores a request. Records may come out of order by a few seconds. */
  record(request: RequestRecord): void;
  /** Series of a load balancer, or of one of its groups: one map of seconds (since the epoch) per group. */
  series(
    loadBalancer: string,
    targetGroup: string | undefined,
  ): readonly ReadonlyMap<number, SecondOfRequests>[];
  /** Every load balancer and group with data; the group is undefined for requests that reached none. */
  sources(): readonly {
    readonly loadBalancer: string;
    readonly targetGroup: string | undefined;
    readonly names: ReadonlySet<string>;
  }[];
}

interface Series {
  readonly loadBalancer: string;
  readonly targetGroup: string | undefined;
  readonly seconds: Map<number, SecondOfRequests>;
  readonly names: Set<string>;
  oldest: number;
}

const keepSeconds = 3 * 60 * 60;

/** Creates an empty log that keeps three hours. `dimension` turns an ARN into its CloudWatch dimension value. */
export function createRequestLog(dimension: (arn: string) => string): RequestLog {
  const byArns = new Map<string, Series>();

  const seriesOf = (request: RequestRecord): Series => {
    const group = request.endpoint ? request.targetGroupArn : undefined;
    const key = `${request.loadBalancerArn} ${group ?? ""}`;
    let series = byArns.get(key);
    if (!series) {
      series = {
        loadBalancer: dimension(request.loadBalancerArn),
        targetGroup: group === undefined ? undefined : dimension(group),
        seconds: new Map(),
        names: new Set(),
        oldest: Number.POSITIVE_INFINITY,
      };
      byArns.set(key, series);
    }
    return series;
  };

  return {
    record(request) {
      const series = seriesOf(request);
      const second = Math.floor(request.at / 1000);
      let bucket = series.seconds.get(second);
      if (!bucket) {
        bucket = { counts: new Map(), responseTimes: [] };
        series.seconds.set(second, bucket);
        series.oldest = Math.min(series.oldest, second);
        for (; series.oldest < second - keepSeconds; series.oldest += 1) series.seconds.delete(series.oldest);
      }
      for (const name of countedAs(request)) {
        bucket.counts.set(name, (bucket.counts.get(name) ?? 0) + 1);
        series.names.add(name);
      }
      if (request.targetResponseTime !== undefined) {
        bucket.responseTimes.push(request.targetResponseTime);
        series.names.add("TargetResponseTime");
      }
    },
    series: (loadBalancer, targetGroup) =>
      [...byArns.values()]
        .filter(
          (series) =>
            series.loadBalancer === loadBalancer &&
            (targetGroup === undefined || series.targetGroup === targetGroup),
        )
        .map((series) => series.seconds),
    sources: () => [...byArns.values()],
  };
}

/**
 * The metrics a request counts in. RequestCount holds only requests for which a target was chosen; a code made by
 * the load balancer itself is an ELB code and no target code
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
 */
function countedAs(request: RequestRecord): readonly string[] {
  const names: string[] = [];
  if (request.endpoint) names.push("RequestCount");
  if (request.targetConnectionError) names.push("TargetConnectionErrorCount");
  if (request.targetStatus !== undefined) {
    names.push(`HTTPCode_Target_${Math.floor(request.targetStatus / 100)}XX_Count`);
  } else {
    names.push(`HTTPCode_ELB_${Math.floor(request.status / 100)}XX_Count`);
    if ([500, 502, 503, 504].includes(request.status)) names.push(`HTTPCode_ELB_${request.status}_Count`);
  }
  return names;
}
