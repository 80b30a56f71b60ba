import type { Clock } from "#ship/kit";
import type { Alarms } from "../ports.ts";
import type { SimulatedService } from "../service.ts";
import type { AlarmState } from "./alarm-evaluation.ts";
import { createAlarms } from "./alarms.ts";
import { createCustomMetrics } from "./custom-metrics.ts";
import { listMetrics } from "./list-metrics.ts";
import { loadBalancerMetrics } from "./load-balancer-metrics.ts";
import type { Metric } from "./metric.ts";
import { getMetricData } from "./metric-data.ts";
import { getMetricStatistics } from "./metric-statistics.ts";
import { samplesOf } from "./samples.ts";
import { type Gap, metricReader } from "./source.ts";
import type { LoadBalancerTelemetry } from "./telemetry.ts";

export type { AlarmState } from "./alarm-evaluation.ts";
export type { Metric } from "./metric.ts";
export { createLoadBalancerTelemetry, type LoadBalancerTelemetry } from "./telemetry.ts";

export interface CloudWatchOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  readonly telemetry: LoadBalancerTelemetry;
  /** How long after they happened data can be read, milliseconds; 0 unless told. */
  readonly lagMilliseconds?: number;
}

/** The simulated CloudWatch: the API, alarms, and the means to make data late or absent. */
export interface CloudWatch extends SimulatedService, Alarms {
  /** Publishes one value of a custom metric at an instant, milliseconds since the epoch. */
  putMetric(metric: Metric, value: number, at: number): void;
  /** Takes an input of PutMetricAlarm. */
  putAlarm(input: { readonly [member: string]: unknown }): void;
  setAlarmState(alarmName: string, state: AlarmState, reason: string): void;
  setLag(milliseconds: number): void;
  /**
   * Withholds data of the metrics that match, those measured within `window` (milliseconds since the epoch) or all, until the answer is called.
   */
  suppress(
    matches: (metric: Metric) => boolean,
    window?: { readonly from: number; readonly to: number },
  ): () => void;
}

/** Creates the simulated service. It owns no timers: alarms catch up when they are asked for. */
export function createCloudWatch(options: CloudWatchOptions): CloudWatch {
  const { clock, region, accountId, telemetry } = options;
  let lag = options.lagMilliseconds ?? 0;
  const gaps = new Set<Gap>();
  const custom = createCustomMetrics();
  const balancers = loadBalancerMetrics(telemetry.requests, telemetry.hosts, `${region}a`);
  const reader = metricReader([balancers, custom], () => lag, gaps);
  const alarms = createAlarms(clock, reader, `arn:aws:cloudwatch:${region}:${accountId}:alarm:`);

  return {
    name: "cloudwatch",
    protocols: [
      { kind: "json", targetPrefix: "GraniteServiceVersion20100801", version: "1.0" },
      {
        kind: "query",
        apiVersion: "2010-08-01",
        xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
      },
    ],
    handlers: {
      GetMetricData: getMetricData(clock, reader),
      GetMetricStatistics: getMetricStatistics(clock, reader),
      ListMetrics: listMetrics(reader),
      PutMetricData(input) {
        custom.putInput(input, clock.now());
        return {};
      },
      ...alarms.handlers,
    },
    putMetric(metric, value, at) {
      const samples = samplesOf([[value, 1]]);
      if (samples) custom.put(metric, at, samples);
    },
    putAlarm: (input) => alarms.put(input),
    setAlarmState: alarms.setState,
    state: alarms.state,
    setLag(milliseconds) {
      lag = milliseconds;
    },
    suppress(matches, window) {
      const gap: Gap = {
        matches,
        from: window?.from ?? Number.NEGATIVE_INFINITY,
        to: window?.to ?? Number.POSITIVE_INFINITY,
      };
      gaps.add(gap);
      return () => {
        gaps.delete(gap);
      };
    },
  };
}
