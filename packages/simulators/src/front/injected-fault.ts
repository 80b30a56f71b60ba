import type { Fault } from "../faults/fault.ts";
import { CommonFault } from "../wire/common-fault.ts";

/** The prefix of a service's actions in IAM policies, where it is not the service's short name. */
const policyPrefix: Readonly<Record<string, string>> = { elbv2: "elasticloadbalancing" };

/** Faults that are answered as errors, rather than by doing something to the connection. */
export type AnsweredFault = Extract<
  Fault,
  { kind: "throttle" | "server-error" | "denied" | "expired-token" }
>;

/** The error a scripted fault answers, worded as AWS words it. */
export function injectedFault(
  fault: AnsweredFault,
  service: string,
  action: string,
  callerArn: string,
): CommonFault {
  switch (fault.kind) {
    case "throttle":
      return new CommonFault("throttling", "Rate exceeded");
    case "expired-token":
      return new CommonFault("expired-token", "The security token included in the request is expired");
    case "denied": {
      const permission = `${policyPrefix[service] ?? service}:${action}`;
      return new CommonFault(
        "access-denied",
        `User: ${callerArn} is not authorized to perform: ${permission} on resource: * because no identity-based policy allows the ${permission} action`,
      );
    }
    case "server-error":
      return fault.status === 503
        ? new CommonFault(
            "service-unavailable",
            "The request has failed due to a temporary failure of the server.",
          )
        : new CommonFault(
            "internal-failure",
            "The request processing has failed because of an unknown error, exception or failure.",
          );
  }
}
