import type { JsonObject } from "../service.ts";

/** The canonical error codes of google.rpc.Code that the simulation uses: number and usual HTTP status. */
const codes = {
  CANCELLED: { number: 1, http: 499 },
  INVALID_ARGUMENT: { number: 3, http: 400 },
  DEADLINE_EXCEEDED: { number: 4, http: 504 },
  NOT_FOUND: { number: 5, http: 404 },
  ALREADY_EXISTS: { number: 6, http: 409 },
  PERMISSION_DENIED: { number: 7, http: 403 },
  RESOURCE_EXHAUSTED: { number: 8, http: 429 },
  FAILED_PRECONDITION: { number: 9, http: 400 },
  ABORTED: { number: 10, http: 409 },
  UNIMPLEMENTED: { number: 12, http: 501 },
  INTERNAL: { number: 13, http: 500 },
  UNAVAILABLE: { number: 14, http: 503 },
  UNAUTHENTICATED: { number: 16, http: 401 },
} as const;

export type CanonicalCode = keyof typeof codes;

/** An error as google.rpc.Status holds it, which is also how a failed operation carries it. */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details?: readonly JsonObject[];
}

/** The google.rpc.Status of an error; `details` are messages with an `@type`. */
export function rpcStatus(
  code: CanonicalCode,
  message: string,
  details: readonly JsonObject[] = [],
): RpcStatus {
  return { code: codes[code].number, message, ...(details.length > 0 ? { details } : {}) };
}

/** What an error carries besides its code and message. */
export interface FaultExtras {
  /** Messages of google.rpc with an `@type`. */
  readonly details?: readonly JsonObject[];
  /** HTTP status, where it is not the usual one of the code. */
  readonly http?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error as a Google API answers it: `{error: {code, message, status, details}}`. */
export class GoogleFault extends Error {
  readonly status: CanonicalCode;
  readonly http: number;
  readonly details: readonly JsonObject[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: CanonicalCode, message: string, extras: FaultExtras = {}) {
    super(message);
    this.status = status;
    this.http = extras.http ?? codes[status].http;
    this.details = extras.details ?? [];
    this.headers = extras.headers ?? {};
  }

  /** The body of the answer (https://cloud.google.com/apis/design/errors, "HTTP mapping"). */
  body(): JsonObject {
    const { http: code, message, status, details } = this;
    return { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } };
  }
}

/** A google.rpc.BadRequest detail with one violation. */
export function badRequest(field: string | undefined, description: string): JsonObject {
  return {
    "@type": "type.googleapis.com/google.rpc.BadRequest",
    fieldViolations: [{ ...(field === undefined ? {} : { field }), description }],
  };
}

/** A google.rpc.ErrorInfo detail. */
export function errorInfo(
  reason: string,
  domain: string,
  metadata: Readonly<Record<string, string>>,
): JsonObject {
  return { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain, metadata };
}

/** INVALID_ARGUMENT with the field that is wrong. */
export function invalid(field: string, description: string): GoogleFault {
  return new GoogleFault("INVALID_ARGUMENT", description, { details: [badRequest(field, description)] });
}
