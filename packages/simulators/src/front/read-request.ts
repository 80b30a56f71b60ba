import type { IncomingMessage } from "node:http";
import type { WireRequest } from "../wire/codec.ts";

/** Larger than any AWS API request; a protection against runaway clients. */
const bodyLimit = 16 * 1024 * 1024;

/** Reads a request with its whole body. Rejects when the client goes away or the body is larger than 16 MiB. */
export async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimit) throw new Error(`The request body is larger than ${bodyLimit} bytes.`);
    chunks.push(bytes);
  }
  const url = new URL(incoming.url ?? "/", "http://loopback");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  };
}
