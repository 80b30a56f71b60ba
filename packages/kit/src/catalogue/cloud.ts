import type { ErrorDefinition } from "../errors.ts";

/** What any cloud or service API can answer. */
export const cloudErrors = {
  ACCESS_DENIED: {
    kind: "denied",
    title: "The cloud refused a call",
    explanation: "The credentials are valid but the role may not make this call. It is never retried.",
    remedy: "Grant the named permission to the role of this job.",
  },
  CREDENTIALS_INVALID: {
    kind: "denied",
    title: "Credentials are missing, expired or not accepted",
    explanation: "No credentials were found, or the service says that they are expired or malformed.",
    remedy:
      "Give `role-to-assume` with `permissions: id-token: write`, or run a credentials action before this step.",
  },
  OIDC_UNAVAILABLE: {
    kind: "denied",
    title: "The job may not ask for an OIDC token",
    explanation: "A role is to be assumed over OIDC, but the runner offers no token endpoint to this job.",
    remedy: "Add `permissions: id-token: write` to the job, and to the job that calls the reusable workflow.",
  },
  NOT_FOUND: {
    kind: "input",
    title: "A resource does not exist",
    explanation: "The service answered that a named resource does not exist in this account and region.",
    remedy: "Check the name, the region and the account the job is logged in to.",
  },
  OPERATION_UNKNOWN: {
    kind: "provider",
    title: "The endpoint does not know a call",
    explanation:
      "The endpoint answered that it has no such action. Private endpoints and stand-ins of a cloud may lag behind it.",
    remedy: "Check AWS_ENDPOINT_URL and what stands behind it.",
  },
  REQUEST_REJECTED: {
    kind: "provider",
    title: "The service rejected a request",
    explanation:
      "The service understood the request and refused it; its own words are in the message. It is not retried.",
    remedy: "Change what the service's message names.",
  },
  SERVICE_UNAVAILABLE: {
    kind: "provider",
    title: "A service could not be reached or kept failing",
    explanation: "Connection failures, throttling or 5xx answers persisted through all retries.",
    remedy: "Check the service's status page and the endpoint; re-running is safe.",
  },
} as const satisfies Record<string, ErrorDefinition>;
