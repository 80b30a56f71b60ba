import type { IncomingMessage, ServerResponse } from "node:http";
import { RegistryError } from "./registry-error.ts";
import type { Repositories } from "./repositories.ts";
import type { Uploads } from "./uploads.ts";

/** One request to the registry, with what its handler needs. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly repositories: Repositories;
  readonly uploads: Uploads;
  /** Whether blobs of another repository are mounted for this caller. */
  mayMountFrom(repository: string): boolean;
  /** Where blobs are fetched from instead; absent when the registry sends them itself. */
  readonly blobAddress?: (digest: string) => string;
}

/** Answers with a JSON document, as listings and errors do. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
    ...headers,
  });
  response.end(body);
}

/** Answers without a body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { "content-length": "0", ...headers });
  response.end();
}

/**
 * Reads a body into memory; throws `SIZE_INVALID` when it is larger than `limit` bytes, but only after its end,
 * because a client that is cut off while sending never reads the answer.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= limit) chunks.push(bytes);
  }
  if (size > limit) {
    throw new RegistryError("SIZE_INVALID", `the body has ${size} bytes, more than the limit of ${limit}`);
  }
  return Buffer.concat(chunks);
}

/** One page of a sorted listing, by the specification's `n` and `last`; `next` is set when there is more. */
export function page(
  sorted: readonly string[],
  query: URLSearchParams,
): { readonly items: readonly string[]; readonly next?: string } {
  const last = query.get("last");
  const rest = last === null ? sorted : sorted.filter((item) => item > last);
  const limit = query.get("n");
  if (limit === null) return { items: rest };
  const items = rest.slice(0, Math.max(0, Number(limit) || 0));
  const final = items.at(-1);
  return items.length < rest.length && final !== undefined ? { items, next: final } : { items };
}
