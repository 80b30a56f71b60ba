import type { JsonObject } from "../service.ts";
import { read, validationError } from "./faults.ts";
import type { HealthCheck } from "./model.ts";

/** What a new target group checks when told nothing (defaults of the API for HTTP and HTTPS groups). */
export const initialHealthCheck: HealthCheck = {
  enabled: true,
  protocol: "HTTP",
  port: "traffic-port",
  path: "/",
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  matcher: "200",
};

/** Reads the `HealthCheck…` members of Create- and ModifyTargetGroup over `current`. Throws ValidationError. */
export function parseHealthCheck(input: JsonObject, current: HealthCheck): HealthCheck {
  const matcher = read.object(input, "Matcher");
  const check: HealthCheck = {
    enabled: read.flag(input, "HealthCheckEnabled") ?? current.enabled,
    protocol: read.text(input, "HealthCheckProtocol") ?? current.protocol,
    port: read.text(input, "HealthCheckPort") ?? current.port,
    path: read.text(input, "HealthCheckPath") ?? current.path,
    intervalSeconds: read.whole(input, "HealthCheckIntervalSeconds", 5, 300) ?? current.intervalSeconds,
    timeoutSeconds: read.whole(input, "HealthCheckTimeoutSeconds", 2, 120) ?? current.timeoutSeconds,
    healthyThreshold: read.whole(input, "HealthyThresholdCount", 2, 10) ?? current.healthyThreshold,
    unhealthyThreshold: read.whole(input, "UnhealthyThresholdCount", 2, 10) ?? current.unhealthyThreshold,
    matcher: (matcher && read.text(matcher, "HttpCode")) ?? current.matcher,
  };
  assertHealthCheck(check);
  return check;
}

/** Throws ValidationError when the parts of a health check do not fit together. */
export function assertHealthCheck(check: HealthCheck): void {
  if (check.timeoutSeconds >= check.intervalSeconds) {
    throw validationError(
      `Health check timeout '${check.timeoutSeconds}' must be smaller than the interval '${check.intervalSeconds}'`,
    );
  }
  if (!check.path.startsWith("/"))
    throw validationError(`Health check path '${check.path}' must begin with '/'`);
  if (!/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(check.matcher)) {
    throw validationError(
      `Health check matcher HTTP code '${check.matcher}' must be like 200, 200,202 or 200-299`,
    );
  }
  if (check.port !== "traffic-port" && !/^\d{1,5}$/.test(check.port)) {
    throw validationError(`Health check port '${check.port}' must be 'traffic-port' or a port number`);
  }
}

/** True when a matcher such as `200,300-399` accepts the HTTP code. */
export function matches(matcher: string, code: number): boolean {
  return matcher.split(",").some((part) => {
    const [from, to = from] = part.split("-").map(Number);
    return from !== undefined && to !== undefined && code >= from && code <= to;
  });
}
