import * as z from "zod/mini";
import { messageOf, type RetryVerdict, retryAfter, ShipError } from "#ship/kit";

/** An answer of a Google API that is no success. */
export class GoogleError extends Error {
  readonly httpStatus: number;
  /** The name of the google.rpc.Code, for example `PERMISSION_DENIED`; the HTTP status where the answer names none. */
  readonly status: string;
  /** Reasons and field violations that the answer lists (google.rpc.ErrorInfo, BadRequest, PreconditionFailure). */
  readonly violations: readonly string[];
  readonly retryAfterMilliseconds: number | undefined;

  constructor(httpStatus: number, body: string, retryAfterHeader: string | null, now: number) {
    const said = readBody(body);
    super(said?.message ?? (body.trim().slice(0, 500) || `HTTP ${httpStatus} without a message`));
    this.name = "GoogleError";
    this.httpStatus = httpStatus;
    this.status = said?.status ?? `HTTP ${httpStatus}`;
    this.violations = said?.violations ?? [];
    this.retryAfterMilliseconds = retryAfter(retryAfterHeader, now);
  }
}

const violation = z.object({
  field: z.optional(z.string()),
  subject: z.optional(z.string()),
  description: z.optional(z.string()),
});
const errorBody = z.object({
  error: z.object({
    message: z.optional(z.string()),
    status: z.optional(z.string()),
    details: z.optional(
      z.array(
        z.object({
          reason: z.optional(z.string()),
          fieldViolations: z.optional(z.array(violation)),
          violations: z.optional(z.array(violation)),
        }),
      ),
    ),
  }),
});
/** The token endpoint speaks OAuth (RFC 6749 §5.2). */
const tokenErrorBody = z.object({ error: z.string(), error_description: z.optional(z.string()) });

function readBody(body: string) {
  const document = parseJson(body);
  const oauth = tokenErrorBody.safeParse(document);
  if (oauth.success) {
    const { error, error_description: description } = oauth.data;
    return { status: error, message: description ?? error, violations: [] };
  }
  const rpc = errorBody.safeParse(document);
  if (!rpc.success) return undefined;
  const { message, status, details = [] } = rpc.data.error;
  const violations = details.flatMap(({ reason, fieldViolations = [], violations = [] }) => [
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...[...fieldViolations, ...violations].map(({ field, subject, description }) =>
      [field ?? subject, description].filter(Boolean).join(": "),
    ),
  ]);
  return { message, status, violations };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a failed call means; `ambiguous` means that a write may have been applied. */
export type FailureClass =
  | "throttled"
  | "denied"
  | "credentials"
  | "ambiguous"
  | "unreachable"
  | "missing"
  | "conflict"
  | "rejected";

const neverConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** What kind of failure a thrown value is; anything that is no answer is one of the connection. */
export function classify(error: unknown): FailureClass {
  if (!(error instanceof GoogleError)) return neverConnected.has(codeOf(error)) ? "unreachable" : "ambiguous";
  switch (error.httpStatus) {
    case 429:
      return "throttled";
    case 401:
      return "credentials";
    case 403:
      return error.status === "RESOURCE_EXHAUSTED" ? "throttled" : "denied";
    case 404:
      return "missing";
    case 409:
    case 412:
      return "conflict";
    case 408:
      return "ambiguous";
    default:
      return error.httpStatus >= 500 ? "ambiguous" : "rejected";
  }
}

/** The code of the system that stands behind `fetch failed`. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if ("errors" in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return "cause" in error ? codeOf(error.cause) : "";
}

/** Throttling, 5xx and connection failures are worth another attempt; refusals never are. */
export function judge(error: unknown): RetryVerdict {
  const kind = classify(error);
  if (kind !== "throttled" && kind !== "ambiguous" && kind !== "unreachable") return "give-up";
  const after = error instanceof GoogleError ? error.retryAfterMilliseconds : undefined;
  return after === undefined ? "retry" : { afterMilliseconds: after };
}

/**
 * Says a failed call in ship's terms, with Google's own words.
 * @param permission the IAM permission of the call, for example `run.services.update`
 */
export function translate(error: unknown, permission: string): ShipError {
  const isAnswer = error instanceof GoogleError;
  const said = `${permission} answered ${isAnswer ? `${error.status}: ` : ""}${messageOf(error)}`;
  const options = { cause: error, details: isAnswer ? error.violations : [] };
  switch (classify(error)) {
    case "denied":
      return new ShipError("ACCESS_DENIED", said, {
        ...options,
        hint: `Allow ${permission} for the identity of this job.`,
      });
    case "credentials":
      return new ShipError("CREDENTIALS_INVALID", said, { ...options, hint: credentialsHint });
    case "missing":
      return new ShipError("NOT_FOUND", said, {
        ...options,
        hint: "Check the name, the region and the project.",
      });
    case "conflict":
    case "rejected":
      return new ShipError("REQUEST_REJECTED", said, options);
    default:
      return new ShipError("SERVICE_UNAVAILABLE", said, options);
  }
}

/** What to do when no token can be had or the one in hand is not accepted. */
export const credentialsHint =
  "Give `workload-identity-provider` with `permissions: id-token: write`, or run google-github-actions/auth before this step.";
