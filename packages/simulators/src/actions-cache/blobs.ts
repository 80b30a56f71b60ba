import type { IncomingMessage, ServerResponse } from "node:http";
import type { CacheEntry } from "./entries.ts";

/**
 * The part of Azure's Blob service that the clients of the Actions cache use: Put Blob, Put Block, Put Block List, Get Blob
 * with ranges, and Get Blob Properties (Microsoft Learn, Blob service REST API).
 */
export async function serveBlob(
  entry: CacheEntry,
  blocks: Map<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  response.setHeader("x-ms-request-id", "00000000-0000-0000-0000-000000000000");
  response.setHeader("x-ms-version", "2025-11-05");
  if (request.method === "PUT") return write(entry, blocks, body, response, query);
  if (request.method === "GET" || request.method === "HEAD") return send(entry, request, response);
  response.writeHead(405).end();
}

function write(
  entry: CacheEntry,
  blocks: Map<string, Buffer>,
  body: Buffer,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  switch (query.get("comp")) {
    case "block":
      blocks.set(query.get("blockid") ?? "", body);
      break;
    case "blocklist": {
      const ids = [...body.toString().matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]+)</g)].map(
        ([, id = ""]) => id,
      );
      entry.bytes = Buffer.concat(ids.map((id) => blocks.get(id) ?? Buffer.alloc(0)));
      break;
    }
    default:
      entry.bytes = body;
  }
  response.setHeader("etag", '"0x8D4BCC2E4835CD0"');
  response.setHeader("last-modified", new Date(entry.createdAt).toUTCString());
  response.writeHead(201, { "content-length": "0" }).end();
}

function send(entry: CacheEntry, request: IncomingMessage, response: ServerResponse): void {
  const bytes = entry.bytes ?? Buffer.alloc(0);
  const range = /^bytes=(\d+)-(\d+)?$/.exec(
    String(request.headers["x-ms-range"] ?? request.headers.range ?? ""),
  );
  const first = Number(range?.[1] ?? 0);
  const last = Math.min(Number(range?.[2] ?? bytes.length - 1), bytes.length - 1);
  const part = bytes.subarray(first, last + 1);
  response.writeHead(range ? 206 : 200, {
    "content-length": part.length,
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    etag: '"0x8D4BCC2E4835CD0"',
    ...(range && { "content-range": `bytes ${first}-${last}/${bytes.length}` }),
  });
  response.end(request.method === "HEAD" ? undefined : part);
}
