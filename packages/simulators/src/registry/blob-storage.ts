import { pipeline } from "node:stream/promises";
import { type LoopbackServer, startLoopbackServer } from "../front/loopback-server.ts";
import type { BlobStore } from "./blob-store.ts";

/** Storage beside a registry that blobs are fetched from directly, as Docker Hub, GHCR and ECR do. */
export interface BlobStorage extends Pick<LoopbackServer, "close"> {
  /** A signed address of a blob. */
  address(digest: string): string;
}

/**
 * Starts storage on an origin of its own. Like Amazon S3 it answers 400 to a request that carries a signature and an
 * Authorization header both ("Only one auth mechanism allowed").
 */
export async function startBlobStorage(blobs: BlobStore): Promise<BlobStorage> {
  const server = await startLoopbackServer((request, response) => {
    const url = new URL(request.url ?? "/", server.url);
    const digest = decodeURIComponent(url.pathname.slice(1));
    const serve = async () => {
      const size = await blobs.size(digest);
      if (request.headers.authorization !== undefined)
        return void response.writeHead(400).end("<Error><Code>InvalidArgument</Code></Error>");
      if (url.searchParams.get("signature") !== "good" || size === undefined)
        return void response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
      response.writeHead(200, { "content-length": size });
      if (request.method === "HEAD") response.end();
      else await pipeline(blobs.read(digest), response);
    };
    serve().catch(() => response.destroy());
  });
  return {
    address: (digest) => `${server.url}/${encodeURIComponent(digest)}?signature=good`,
    close: server.close,
  };
}
