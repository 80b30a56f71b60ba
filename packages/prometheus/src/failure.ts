import { messageOf, type RetryVerdict, ShipError } from "#ship/kit";

/** An answer that is no success. */
export interface Refusal {
  readonly kind: "refusal";
  readonly status: number;
  /** The `errorType` of the body, where there is one: `bad_data`, `execution`, `timeout` … */
  readonly type: string | undefined;
  /** The server's own words. */
  readonly said: string;
  readonly afterMilliseconds: number | undefined;
}

/** Thrown inside the retried call, so that the judge sees what was answered. */
export class RefusedQuery extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.said);
    this.refusal = refusal;
  }
}

const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Overload, 5xx and connection failures pass; what a query or its permission causes does not. */
export function judge(error: unknown): RetryVerdict {
  if (!(error instanceof RefusedQuery)) return "retry";
  const { status, type, afterMilliseconds } = error.refusal;
  if (!passing.has(status) || type === "execution" || type === "bad_data") return "give-up";
  return afterMilliseconds === undefined ? "retry" : { afterMilliseconds };
}

/**
 * Says a failed query in ship's terms, with the server's own words.
 * @param server the address as messages show it
 * @param query the input that the query stands in, and the query
 */
export function translate(error: unknown, server: string, query: NamedQuery): ShipError {
  if (!(error instanceof RefusedQuery)) {
    return new ShipError(
      "SERVICE_UNAVAILABLE",
      `Prometheus at ${server} gave no answer: ${messageOf(error)}`,
      {
        cause: error,
        hint: "Check that the runner can reach `prometheus-url`; re-running is safe.",
      },
    );
  }
  const { status, type, said } = error.refusal;
  const told = `Prometheus at ${server} answered ${query.input} with ${status}${type ? ` ${type}` : ""}: ${said}`;
  const details = [query.text];
  const cause = error;
  if (status === 401) {
    const hint = "Give `prometheus-token`, or the user and password in `prometheus-url`.";
    return new ShipError("CREDENTIALS_INVALID", told, { cause, hint });
  }
  if (status === 403) {
    const hint = "Let the credentials of `prometheus-url` query metrics.";
    return new ShipError("ACCESS_DENIED", told, { cause, hint });
  }
  if (type === "bad_data")
    return new ShipError("INPUT_INVALID", told, { cause, details, hint: `Correct \`${query.input}\`.` });
  if (status === 404) {
    const hint = "`prometheus-url` is what stands before /api/v1 in the address of the API.";
    return new ShipError("NOT_FOUND", told, { cause, hint });
  }
  const isPassing = passing.has(status) && type !== "execution";
  return new ShipError(isPassing ? "SERVICE_UNAVAILABLE" : "REQUEST_REJECTED", told, { cause, details });
}

/** A query with the name of the input it was given in. */
export interface NamedQuery {
  readonly input: string;
  readonly text: string;
}
