import { metricDimension } from "../elbv2/arns.ts";
import type { RequestRecord } from "../ports.ts";
import { createHostLog, type HostChange, type HostLog } from "./hosts.ts";
import { createRequestLog, type RequestLog } from "./requests.ts";

/** What load balancers tell CloudWatch: hand `onRequest` and `onHostCounts` to the load balancer, all of it to CloudWatch. */
export interface LoadBalancerTelemetry {
  readonly requests: RequestLog;
  readonly hosts: HostLog;
  onRequest(record: RequestRecord): void;
  onHostCounts(change: HostChange): void;
}

export function createLoadBalancerTelemetry(): LoadBalancerTelemetry {
  const requests = createRequestLog(metricDimension);
  const hosts = createHostLog(metricDimension);
  return { requests, hosts, onRequest: requests.record, onHostCounts: hosts.record };
}
