import type { JsonObject, ServiceFault } from "../service.ts";
import { type Codec, encodeTyped, type WireAnswer, type WireRequest } from "./codec.ts";
import { epochSeconds, jsonCodec } from "./json.ts";

/** One action of a REST-JSON service: `{Name}` in the path is a member of the input. */
export interface RestRoute {
  readonly method: "DELETE" | "GET" | "POST" | "PUT";
  readonly path: string;
  readonly action: string;
}

/**
 * Finds the action of a request and what its path says.
 * @returns `undefined` for a request that none of these routes takes
 */
export function matchRoute(
  routes: readonly RestRoute[],
  { method, path }: WireRequest,
): { readonly action: string; readonly labels: Readonly<Record<string, string>> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
    const pattern = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
    const values = pattern.exec(path)?.slice(1);
    if (!values) continue;
    const labels = names.map((name, index) => [name, decodeURIComponent(values[index] ?? "")]);
    return { action: route.action, labels: Object.fromEntries(labels) };
  }
  return undefined;
}

/**
 * AWS REST-JSON 1: members in path, query and body; errors are named in a header, timestamps are epoch seconds.
 * Source: smithy.io, "AWS restJson1 protocol".
 */
export function restJsonCodec(labels: Readonly<Record<string, string>>): Codec {
  const body = jsonCodec("1.1");
  const write = (
    status: number,
    content: JsonObject,
    requestId: string,
    more: Readonly<Record<string, string>> = {},
  ): WireAnswer => ({
    status,
    headers: { "content-type": "application/json", "x-amzn-requestid": requestId, ...more },
    body: Buffer.from(JSON.stringify(encodeTyped(content, epochSeconds))),
  });
  return {
    dialect: "json",
    scalars: "typed",
    decode: (request) => ({
      ...Object.fromEntries(request.query),
      ...body.decode(request),
      ...labels,
    }),
    answer: (output, requestId) => write(200, output, requestId),
    fault: (fault: ServiceFault, requestId) =>
      write(fault.status, { Message: fault.message }, requestId, { "x-amzn-errortype": fault.code }),
  };
}
