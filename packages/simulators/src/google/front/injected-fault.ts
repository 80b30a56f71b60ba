import type { GoogleApi, GoogleMethod } from "../api.ts";
import { expired } from "../auth/bearer.ts";
import type { GoogleFaultKind } from "../faults.ts";
import { errorInfo, GoogleFault } from "../status.ts";

/** Faults that are answered as errors, rather than by doing something to the connection. */
export type AnsweredFault = Exclude<GoogleFaultKind, { kind: "reset" | "lost-answer" | "delay" | "hang" }>;

/** The error a scripted fault answers, worded as Google words it. */
export function injectedFault(fault: AnsweredFault, api: GoogleApi, method: GoogleMethod): GoogleFault {
  switch (fault.kind) {
    case "throttle":
      return new GoogleFault(
        "RESOURCE_EXHAUSTED",
        `Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service '${api.host}'.`,
        {
          headers: { "retry-after": String(Math.ceil(fault.retryAfterSeconds)) },
          details: [
            errorInfo("RATE_LIMIT_EXCEEDED", "googleapis.com", { service: api.host }),
            {
              "@type": "type.googleapis.com/google.rpc.RetryInfo",
              retryDelay: `${fault.retryAfterSeconds}s`,
            },
          ],
        },
      );
    case "server-error":
      return fault.status === 503
        ? new GoogleFault("UNAVAILABLE", "The service is currently unavailable.")
        : new GoogleFault("INTERNAL", "Internal error encountered.");
    case "conflict":
      return new GoogleFault(
        "ABORTED",
        "Conflict: the resource was changed by another request at the same time.",
        {
          http: fault.status,
        },
      );
    case "expired-token":
      return expired(api, method);
    case "denied":
      return denied(method.permission ?? `${api.name}.${method.action}`);
  }
}

/** PERMISSION_DENIED that names the permission, as IAM answers it. */
export function denied(permission: string): GoogleFault {
  return new GoogleFault(
    "PERMISSION_DENIED",
    `Permission '${permission}' denied on resource (or it may not exist).`,
    { details: [errorInfo("IAM_PERMISSION_DENIED", "iam.googleapis.com", { permission })] },
  );
}
