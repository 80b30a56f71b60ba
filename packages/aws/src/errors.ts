import { isShipError, messageOf, type RetryVerdict, retryAfter, ShipError } from "#ship/kit";

/** The parts of an SDK error that decide what it means. */
export interface AwsFailure {
  /** The API's error code, for example `AccessDeniedException`; a Node error code for connection failures. */
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly retryAfterMilliseconds: number | undefined;
}

/** STS could not reach the token's issuer just then (API reference: AssumeRoleWithWebIdentity, "can be retried"). */
const issuerUnreached = "IDPCommunicationError";
const throttled = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "TooManyRequests",
  "LimitExceededException",
  "SlowDown",
  "PriorRequestNotComplete",
  issuerUnreached,
]);
const denied = new Set(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"]);
const credentials = new Set([
  "AuthFailure",
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidClientTokenId",
  "InvalidIdentityToken",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "UnrecognizedClientException",
]);
/** What endpoints answer for an action they have never heard of: older private endpoints, and stand-ins of AWS. */
const unknown = new Set([
  "InvalidAction",
  "NotImplemented",
  "NotImplementedException",
  "UnknownOperation",
  "UnknownOperationException",
]);
const disconnected = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "TimeoutError",
  "NetworkingError",
]);

/** Reads what an SDK client threw. */
export function readFailure(error: unknown): AwsFailure {
  if (typeof error !== "object" || error === null) {
    return {
      code: "Unknown",
      status: undefined,
      message: messageOf(error),
      retryAfterMilliseconds: undefined,
    };
  }
  const name = wrappedName(error) ?? ("name" in error ? String(error.name) : "Unknown");
  const nodeCode = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const metadata = "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
  const response =
    "$response" in error ? (error.$response as { headers?: Record<string, string> }) : undefined;
  return {
    code: nodeCode !== undefined && disconnected.has(nodeCode) ? nodeCode : name,
    status: metadata?.httpStatusCode,
    message: messageOf(error),
    retryAfterMilliseconds: retryAfter(response?.headers?.["retry-after"], Date.now()),
  };
}

/** An error that is no instance of this realm's Error the SDK wraps, keeping its name in the message only (@smithy/core: asSdkError). */
function wrappedName(error: object): string | undefined {
  return /^AWS SDK error wrapper for (\w+):/.exec(messageOf(error))?.[1];
}

/** What kind of failure an SDK error is; `ambiguous` means that a write may have been applied. */
export function classify(
  failure: AwsFailure,
): "throttled" | "denied" | "credentials" | "unknown" | "ambiguous" | "unreachable" | "rejected" {
  if (throttled.has(failure.code) || failure.status === 429) return "throttled";
  if (denied.has(failure.code)) return "denied";
  if (credentials.has(failure.code)) return "credentials";
  if (unknown.has(failure.code) || failure.status === 501) return "unknown";
  if (["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(failure.code))
    return "unreachable";
  if (disconnected.has(failure.code)) return "ambiguous";
  // A success whose text breaks off, or is a proxy's, was carried out as likely as not.
  if (failure.status !== undefined && (failure.status >= 500 || failure.status < 300)) return "ambiguous";
  return "rejected";
}

/** Throttling is worth waiting one's turn, 5xx and connection failures another attempt; refusals never are. */
export function judge(error: unknown): RetryVerdict {
  const failure = readFailure(error);
  const kind = classify(failure);
  if (kind === "denied" || kind === "credentials" || kind === "unknown" || kind === "rejected")
    return "give-up";
  if (failure.retryAfterMilliseconds !== undefined)
    return { afterMilliseconds: failure.retryAfterMilliseconds };
  return kind === "throttled" && failure.code !== issuerUnreached ? "queue" : "retry";
}

/**
 * Says a failed call in ship's terms, with the service's own words.
 * @param permission the IAM action of the call, for example `ecs:UpdateService`
 */
export function translate(error: unknown, permission: string): ShipError {
  const failure = readFailure(error);
  const kind = classify(failure);
  if (failure.status === undefined) return unanswered(error, permission, kind);
  const said = isUnreadable(failure)
    ? `${permission} answered HTTP ${failure.status} with a text that AWS does not write: ${failure.message.split("\n")[0]}.`
    : `${permission} answered ${failure.code}: ${failure.message}`;
  switch (kind) {
    case "denied":
      return new ShipError("ACCESS_DENIED", said, { cause: error, hint: grantHint(permission) });
    case "credentials":
      return new ShipError("CREDENTIALS_INVALID", said, { cause: error });
    case "unknown":
      return new ShipError("OPERATION_UNKNOWN", said, { cause: error });
    case "rejected":
      return /NotFound|DoesNotExist/.test(failure.code)
        ? new ShipError("NOT_FOUND", said, { cause: error })
        : new ShipError("REQUEST_REJECTED", said, { cause: error });
    default:
      return new ShipError("SERVICE_UNAVAILABLE", said, { cause: error });
  }
}

/** True when a call is closed to this job, by its role or because the endpoint lacks it: then another way has to do. */
export function isClosed(error: unknown): error is ShipError {
  return isShipError(error) && (error.code === "ACCESS_DENIED" || error.code === "OPERATION_UNKNOWN");
}

/** True when the answer was in no protocol of AWS, such as a proxy's page, or that of a stand-in which lacks the call. */
export function isForeign(error: unknown): error is ShipError {
  return isShipError(error) && error.code === "SERVICE_UNAVAILABLE" && isUnreadable(readFailure(error.cause));
}

/** The SDK's word for a text that it could not read as JSON. */
function isUnreadable({ code }: AwsFailure): boolean {
  return code === "SyntaxError";
}

/** A call that no service answered: there were no keys to sign it with, no address to send it to, or nobody there. */
function unanswered(error: unknown, permission: string, kind: ReturnType<typeof classify>): ShipError {
  const reason = messageOf(error);
  if (kind === "credentials")
    return new ShipError("CREDENTIALS_INVALID", `${permission} was not sent: ${reason}`, { cause: error });
  const hint = "Check the region, and AWS_ENDPOINT_URL where it is set; re-running is safe.";
  return kind === "rejected" || kind === "denied"
    ? new ShipError("REQUEST_REJECTED", `${permission} could not be sent: ${reason}`, { cause: error, hint })
    : new ShipError("SERVICE_UNAVAILABLE", `${permission} got no answer: ${reason}`, { cause: error, hint });
}

function grantHint(permission: string): string {
  return permission === "sts:AssumeRoleWithWebIdentity"
    ? "Let the role's trust policy accept the subject of this job's OIDC token; preflight shows it."
    : `Allow ${permission} for the role of this job.`;
}
