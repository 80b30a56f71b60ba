import * as cborg from "cborg";
import { isJsonObject } from "../members.ts";
import { type Codec, encodeTyped, type WireAnswer } from "./codec.ts";
import { CommonFault } from "./common-fault.ts";
import { epochSeconds, withQueryError } from "./json.ts";

/** Wraps epoch seconds so that the encoder can tell a timestamp from a number. */
class Timestamp {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

const encoding: cborg.EncodeOptions = {
  typeEncoders: {
    Object(value: unknown) {
      if (!(value instanceof Timestamp)) return null;
      return [new cborg.Token(cborg.Type.tag, 1), new cborg.Token(cborg.Type.float, value.seconds)];
    },
  },
};

/** Tag 1 (epoch time) is read as the number of seconds, so that handlers see what AWS JSON would give them. */
const decoding: cborg.DecodeOptions = {
  tags: { 1: (content) => content() },
  allowIndefinite: true,
};

/** Smithy RPC v2 CBOR, which newer clients speak to CloudWatch. Source: smithy.io, "Smithy RPC v2 CBOR protocol". */
export const cborCodec: Codec = {
  dialect: "json",
  scalars: "typed",
  decode(request) {
    if (request.body.length === 0) return {};
    let parsed: unknown;
    try {
      parsed = cborg.decode(request.body, decoding);
    } catch {
      throw new CommonFault("serialization", "The request body is not valid CBOR.");
    }
    if (!isJsonObject(parsed)) throw new CommonFault("serialization", "Start of structure or map expected.");
    return parsed;
  },
  answer: (output, requestId) => write(200, output, requestId),
  fault: (fault, requestId) =>
    withQueryError(fault, write(fault.status, { __type: fault.code, message: fault.message }, requestId)),
};

function write(status: number, value: unknown, requestId: string): WireAnswer {
  const typed = encodeTyped(value, (date) => new Timestamp(epochSeconds(date)));
  return {
    status,
    headers: {
      "content-type": "application/cbor",
      "smithy-protocol": "rpc-v2-cbor",
      "x-amzn-requestid": requestId,
    },
    body: Buffer.from(cborg.encode(typed, encoding)),
  };
}
