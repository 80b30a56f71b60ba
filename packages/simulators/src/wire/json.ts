import { isJsonObject } from "../members.ts";
import type { JsonObject, ServiceFault } from "../service.ts";
import { type Codec, encodeTyped, type WireAnswer, type WireRequest } from "./codec.ts";
import { CommonFault } from "./common-fault.ts";

/**
 * AWS JSON 1.0 and 1.1: errors carry `__type`, timestamps are epoch seconds with milliseconds as decimals.
 * Source: smithy.io, "AWS JSON 1.1 protocol".
 */
export function jsonCodec(version: "1.0" | "1.1"): Codec {
  const write = (status: number, body: unknown, requestId: string): WireAnswer => ({
    status,
    headers: { "content-type": `application/x-amz-json-${version}`, "x-amzn-requestid": requestId },
    body: Buffer.from(JSON.stringify(encodeTyped(body, epochSeconds))),
  });
  return {
    dialect: "json",
    scalars: "typed",
    decode,
    answer: (output, requestId) => write(200, output, requestId),
    fault: (fault, requestId) => withQueryError(fault, write(fault.status, describe(fault), requestId)),
  };
}

/** Seconds since the epoch, as AWS JSON and CBOR write timestamps. */
export function epochSeconds(date: Date): number {
  return date.getTime() / 1000;
}

function describe(fault: ServiceFault): JsonObject {
  return { __type: fault.code, message: fault.message };
}

/** Clients of services that moved from Query to JSON read the old code and the guilty side from this header. */
export function withQueryError(fault: ServiceFault, answer: WireAnswer): WireAnswer {
  const side = fault.status >= 500 ? "Receiver" : "Sender";
  return { ...answer, headers: { ...answer.headers, "x-amzn-query-error": `${fault.code};${side}` } };
}

function decode(request: WireRequest): JsonObject {
  if (request.body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body.toString("utf8"));
  } catch {
    throw new CommonFault("serialization", "The request body is not valid JSON.");
  }
  if (!isJsonObject(parsed)) throw new CommonFault("serialization", "Start of structure or map expected.");
  return parsed;
}
