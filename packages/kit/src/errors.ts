import { catalogue, type ErrorCode } from "./catalogue/index.ts";

/** Who or what has to act: the workflow's author, the cloud's owner, the release's author, or ship itself. */
export type ErrorKind =
  | "input"
  | "denied"
  | "conflict"
  | "unhealthy"
  | "timeout"
  | "cancelled"
  | "provider"
  | "bug";

/** One entry of the catalogue: what an error code means and what to do about it. */
export interface ErrorDefinition {
  readonly kind: ErrorKind;
  /** A short name for the docs page. */
  readonly title: string;
  /** When this happens, in two or three sentences. */
  readonly explanation: string;
  /** What to change; also the hint of an error that brings none of its own. */
  readonly remedy: string;
}

const brand: unique symbol = Symbol.for("ship.error") as never;

/** What an error may add to its message. */
export interface ShipErrorOptions {
  /** What to change, when the catalogue's remedy can be said more exactly. */
  readonly hint?: string;
  /** The error of the system that failed. */
  readonly cause?: unknown;
  /** Evidence for the folded group: events, log tails, field violations. */
  readonly details?: readonly string[];
}

/** Every failure an action reports. The code decides its kind; the message says what happened with value and limit. */
export class ShipError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, options: ShipErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? catalogue[code].remedy;
    this.details = options.details ?? [];
    Object.defineProperty(this, "name", { value: "ShipError", enumerable: false });
  }

  get kind(): ErrorKind {
    return catalogue[this.code].kind;
  }
}

/** True for a {@link ShipError}, also one of another copy of this module in a bundle. */
export function isShipError(error: unknown): error is ShipError {
  return typeof error === "object" && error !== null && brand in error;
}

/** The text of anything thrown, with the reason where Node keeps it elsewhere than in the message. */
export function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return String(error);
  // Several addresses of one host that all refused: an AggregateError without a message.
  if ("errors" in error && Array.isArray(error.errors) && "message" in error && error.message === "")
    return error.errors.map(messageOf).join(", ");
  const said = "message" in error && typeof error.message === "string" ? error.message : "";
  // `fetch` says no more than this; why stands in its cause.
  if (said === "fetch failed" && "cause" in error && error.cause !== undefined) return messageOf(error.cause);
  if (said !== "") return said;
  return error instanceof Error ? error.name : JSON.stringify(error);
}

/** Turns anything thrown into a {@link ShipError}: an abort is a cancellation, everything unforeseen is a bug of ours. */
export function toShipError(error: unknown): ShipError {
  if (isShipError(error)) return error;
  if (error instanceof Error && error.name === "AbortError") {
    return isShipError(error.cause)
      ? error.cause
      : new ShipError("CANCELLED", "The run was cancelled.", { cause: error });
  }
  return new ShipError("UNEXPECTED", messageOf(error), { cause: error });
}
