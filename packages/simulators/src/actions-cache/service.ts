import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#ship/kit";
import { startLoopbackServer } from "../front/loopback-server.ts";
import { serveBlob } from "./blobs.ts";
import { type CacheAccess, type CacheEntry, createEntries } from "./entries.ts";

/** What strikes a method of the service the next `times` times. */
export interface ActionsCacheFault {
  readonly method: "CreateCacheEntry" | "FinalizeCacheEntryUpload" | "GetCacheEntryDownloadURL";
  /** `throttled`: 429, which clients do not try again; `denied`: 403 with the words of a token without scopes. */
  readonly kind: "throttled" | "denied";
  readonly times: number;
}

/** A running cache service, version 2, of one repository. */
export interface ActionsCache {
  readonly url: string;
  readonly entries: readonly CacheEntry[];
  /** Requests so far, as `METHOD path status`. */
  readonly requests: readonly string[];
  /** A runtime token for a job. */
  issue(access: CacheAccess): string;
  fail(fault: ActionsCacheFault): void;
  close(): Promise<void>;
}

const servicePath = "/twirp/github.actions.results.api.v1.CacheService/";
const blobPath = /^\/cacheaccount\/actions-cache\/(\d+)$/;

interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * Starts a stand-in of GitHub's cache service (actions/toolkit: packages/cache/src/generated/results/api/v1/cache.ts). Entries
 * have versions and scopes, cannot be changed, and lie in a blob store behind addresses signed for one entry.
 */
export async function startActionsCache(options: {
  readonly clock: Clock;
  readonly port?: number;
}): Promise<ActionsCache> {
  const entries = createEntries();
  const tokens = new Map<string, CacheAccess>();
  const signatures = new Map<string, number>();
  const blocks = new Map<number, Map<string, Buffer>>();
  const requests: string[] = [];
  const faults: { fault: ActionsCacheFault; left: number }[] = [];

  const sign = (entry: CacheEntry): string => {
    const signature = randomUUID();
    signatures.set(signature, entry.id);
    return `${server.url}/cacheaccount/actions-cache/${entry.id}?sig=${signature}`;
  };

  const strike = (method: string): Answer | undefined => {
    const entry = faults.find(({ fault, left }) => left > 0 && fault.method === method);
    if (!entry) return undefined;
    entry.left -= 1;
    return entry.fault.kind === "throttled"
      ? { status: 429, body: { code: "resource_exhausted", msg: "rate limit exceeded" } }
      : { status: 403, body: { code: "permission_denied", msg: "cache read denied: no scopes" } };
  };

  const call = (method: string, access: CacheAccess, input: Readonly<Record<string, unknown>>): Answer => {
    const struck = strike(method);
    if (struck) return struck;
    const key = String(input["key"] ?? "");
    const version = String(input["version"] ?? "");
    switch (method) {
      case "CreateCacheEntry": {
        if (access.writable === undefined)
          return { status: 200, body: { ok: false, message: "cache write denied: the token is read-only" } };
        const entry = entries.reserve(key, version, access.writable, options.clock.now());
        return entry
          ? { status: 200, body: { ok: true, signed_upload_url: sign(entry) } }
          : {
              status: 409,
              body: {
                code: "already_exists",
                msg: "cache entry with the same key, version, and scope already exists",
              },
            };
      }
      case "FinalizeCacheEntryUpload": {
        const entry = entries.all.find(
          (one) => one.key === key && one.version === version && one.scope === access.writable,
        );
        if (!entry) return { status: 404, body: { code: "not_found", msg: "cache entry not found" } };
        if (entry.bytes?.length !== Number(input["size_bytes"]))
          return { status: 200, body: { ok: false, message: "the size of the blob differs" } };
        entry.state = "complete";
        return { status: 200, body: { ok: true, entry_id: String(entry.id) } };
      }
      case "GetCacheEntryDownloadURL": {
        const more = Array.isArray(input["restore_keys"]) ? input["restore_keys"].map(String) : [];
        const entry = entries.find([key, ...more], version, access);
        return entry
          ? { status: 200, body: { ok: true, signed_download_url: sign(entry), matched_key: entry.key } }
          : { status: 200, body: { ok: false } };
      }
      default:
        return { status: 404, body: { code: "bad_route", msg: `no handler for ${method}` } };
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", server.url);
    response.once("close", () => requests.push(`${request.method} ${url.pathname} ${response.statusCode}`));
    const id = Number(blobPath.exec(url.pathname)?.[1]);
    const entry = entries.byId(id);
    if (entry) {
      if (signatures.get(url.searchParams.get("sig") ?? "") !== id) return void response.writeHead(403).end();
      const own = blocks.get(id) ?? new Map<string, Buffer>();
      blocks.set(id, own);
      return serveBlob(entry, own, request, response, url.searchParams);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const access = tokens.get(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
    const answer: Answer = !url.pathname.startsWith(servicePath)
      ? { status: 404, body: { code: "bad_route", msg: url.pathname } }
      : access === undefined
        ? { status: 401, body: { code: "unauthenticated", msg: "invalid token" } }
        : call(url.pathname.slice(servicePath.length), access, JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  };

  const server = await startLoopbackServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }, options.port);
  return {
    url: server.url,
    entries: entries.all,
    requests,
    issue(access) {
      const token = randomUUID();
      tokens.set(token, access);
      return token;
    },
    fail: (fault) => void faults.push({ fault, left: fault.times }),
    close: server.close,
  };
}
