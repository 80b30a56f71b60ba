import { ServiceFault } from "../service.ts";

/** The two families of error codes: AWS JSON and CBOR name errors `…Exception`, Query drops the ending. */
export type Dialect = "json" | "query";

/** Errors every AWS service can answer before its own code runs. */
export type CommonFaultKind =
  | "access-denied"
  | "expired-token"
  | "incomplete-signature"
  | "internal-failure"
  | "missing-token"
  | "serialization"
  | "service-unavailable"
  | "throttling"
  | "unknown-operation"
  | "unrecognized-client";

interface Wording {
  readonly code: string;
  readonly status: number;
}

/** Codes and statuses as listed under "Common errors" of the ECS (JSON) and ELBv2 (Query) API references. */
const wordings: Readonly<Record<CommonFaultKind, Readonly<Record<Dialect, Wording>>>> = {
  "access-denied": {
    json: { code: "AccessDeniedException", status: 400 },
    query: { code: "AccessDenied", status: 403 },
  },
  "expired-token": {
    json: { code: "ExpiredTokenException", status: 400 },
    query: { code: "ExpiredToken", status: 403 },
  },
  "incomplete-signature": {
    json: { code: "IncompleteSignatureException", status: 400 },
    query: { code: "IncompleteSignature", status: 400 },
  },
  "internal-failure": {
    json: { code: "InternalFailure", status: 500 },
    query: { code: "InternalFailure", status: 500 },
  },
  "missing-token": {
    json: { code: "MissingAuthenticationTokenException", status: 400 },
    query: { code: "MissingAuthenticationToken", status: 403 },
  },
  serialization: {
    json: { code: "SerializationException", status: 400 },
    query: { code: "MalformedQueryString", status: 400 },
  },
  "service-unavailable": {
    json: { code: "ServiceUnavailableException", status: 503 },
    query: { code: "ServiceUnavailable", status: 503 },
  },
  throttling: {
    json: { code: "ThrottlingException", status: 400 },
    query: { code: "Throttling", status: 400 },
  },
  "unknown-operation": {
    json: { code: "UnknownOperationException", status: 400 },
    query: { code: "InvalidAction", status: 400 },
  },
  "unrecognized-client": {
    json: { code: "UnrecognizedClientException", status: 400 },
    query: { code: "InvalidClientTokenId", status: 403 },
  },
};

/** An error common to all services, whose code depends on the protocol of the call it answers. */
export class CommonFault extends Error {
  readonly kind: CommonFaultKind;

  constructor(kind: CommonFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }

  /** The error as a service of this dialect words it. */
  in(dialect: Dialect): ServiceFault {
    const { code, status } = wordings[this.kind][dialect];
    return new ServiceFault(code, this.message, status);
  }
}

/** True for codes that any operation may answer without declaring them in its model. */
export function isCommonCode(code: string): boolean {
  return commonCodes.has(code);
}

const commonCodes = new Set([
  ...Object.values(wordings).flatMap((wording) => [wording.json.code, wording.query.code]),
  "ValidationError",
  "ValidationException",
  "InvalidParameterValue",
  "InvalidParameterCombination",
  "MissingParameter",
]);
