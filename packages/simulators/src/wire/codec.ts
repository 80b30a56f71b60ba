import { isJsonObject } from "../members.ts";
import type { JsonObject, ServiceFault } from "../service.ts";
import type { Dialect } from "./common-fault.ts";

/** An HTTP request, wholly read. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** An HTTP answer, ready to be written. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Turns one protocol's bytes into plain objects and back. `Date`s are encoded as the protocol writes timestamps. */
export interface Codec {
  readonly dialect: Dialect;
  /** Whether numbers and booleans arrive as text (Query) or typed (JSON, CBOR). */
  readonly scalars: "text" | "typed";
  /** Throws a `CommonFault` of kind `serialization` for a body that is not of this protocol. */
  decode(request: WireRequest): JsonObject;
  answer(output: JsonObject, requestId: string): WireAnswer;
  fault(fault: ServiceFault, requestId: string): WireAnswer;
}

/** One header's value; the first where a client sent several. */
export function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Copies a value for a typed protocol: drops absent members and replaces each `Date` by what `timestamp` makes of it.
 */
export function encodeTyped(value: unknown, timestamp: (date: Date) => unknown): unknown {
  if (value instanceof Date) return timestamp(value);
  if (Array.isArray(value)) return value.map((item) => encodeTyped(item, timestamp));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([name, member]) => [name, encodeTyped(member, timestamp)]),
  );
}
