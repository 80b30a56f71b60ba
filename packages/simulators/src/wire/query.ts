import { XMLBuilder } from "fast-xml-parser";
import { isJsonObject } from "../members.ts";
import type { JsonObject } from "../service.ts";
import type { Codec, WireAnswer, WireRequest } from "./codec.ts";
import { decodeForm } from "./form.ts";

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  suppressEmptyNode: true,
});

/**
 * AWS Query: a form in, XML out. Lists are written as `<member>` elements, timestamps as ISO 8601.
 * Source: smithy.io, "AWS Query protocol".
 */
export function queryCodec(action: string, xmlNamespace: string): Codec {
  const write = (status: number, root: string, content: JsonObject, requestId: string): WireAnswer => ({
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: Buffer.from(builder.build({ [root]: { "@xmlns": xmlNamespace, ...content } })),
  });
  return {
    dialect: "query",
    scalars: "text",
    decode: (request) => decodeForm(parameters(request)),
    answer: (output, requestId) =>
      write(
        200,
        `${action}Response`,
        { [`${action}Result`]: xml(output), ResponseMetadata: { RequestId: requestId } },
        requestId,
      ),
    fault: (fault, requestId) =>
      write(
        fault.status,
        "ErrorResponse",
        {
          Error: {
            Type: fault.status >= 500 ? "Receiver" : "Sender",
            Code: fault.code,
            Message: fault.message,
          },
          RequestId: requestId,
        },
        requestId,
      ),
  };
}

/** Parameters of a Query request: the form of a POST, else the query string. */
export function parameters(request: WireRequest): URLSearchParams {
  return request.body.length > 0 ? new URLSearchParams(request.body.toString("utf8")) : request.query;
}

function xml(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? "" : { member: value.map(xml) };
  if (!isJsonObject(value)) return String(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([name, member]) => [name, xml(member)]),
  );
}
