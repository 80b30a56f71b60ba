import type { Demand } from "./access.ts";
import {
  appendChunk,
  beginUpload,
  cancelUpload,
  deleteBlob,
  finishUpload,
  readBlob,
  uploadStatus,
} from "./blob-routes.ts";
import { type Exchange, sendJson } from "./http-exchange.ts";
import {
  deleteManifest,
  listReferrers,
  listRepositories,
  listTags,
  putManifest,
  readManifest,
} from "./manifest-routes.ts";
import { RegistryError } from "./registry-error.ts";

/** What a request asks for and how it is answered. */
export interface RegistryRoute {
  readonly demand: Demand;
  run(exchange: Exchange): void | Promise<void>;
}

type Handler = (exchange: Exchange, name: string, reference: string) => void | Promise<void>;

interface Endpoint {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

/** The endpoints of the specification; the first group is the repository's name, the second what is asked for. */
const endpoints: readonly Endpoint[] = [
  {
    path: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: { GET: readManifest, HEAD: readManifest, PUT: putManifest, DELETE: deleteManifest },
  },
  { path: /^\/v2\/(.+)\/blobs\/uploads\/?()$/, methods: { POST: beginUpload } },
  {
    path: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: { GET: uploadStatus, PATCH: appendChunk, PUT: finishUpload, DELETE: cancelUpload },
  },
  { path: /^\/v2\/(.+)\/blobs\/([^/]+)$/, methods: { GET: readBlob, HEAD: readBlob, DELETE: deleteBlob } },
  { path: /^\/v2\/(.+)\/tags\/list()$/, methods: { GET: listTags } },
  { path: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: { GET: listReferrers } },
];

/** Finds the route of a request. Throws `NAME_UNKNOWN` for a path and `UNSUPPORTED` for a method that is none. */
export function matchRoute(method: string, path: string): RegistryRoute {
  if (path === "/v2/" || path === "/v2") {
    return { demand: { action: "pull" }, run: ({ response }) => sendJson(response, 200, {}) };
  }
  if (path === "/v2/_catalog") return { demand: { action: "pull" }, run: listRepositories };
  for (const endpoint of endpoints) {
    const match = endpoint.path.exec(path);
    if (!match) continue;
    const [, name = "", reference = ""] = match;
    const handler = endpoint.methods[method];
    if (!handler) throw new RegistryError("UNSUPPORTED", `${method} is not supported on ${path}`);
    const action = method === "GET" || method === "HEAD" ? "pull" : "push";
    return { demand: { repository: name, action }, run: (exchange) => handler(exchange, name, reference) };
  }
  throw new RegistryError("NAME_UNKNOWN", `${path} is not a path of the distribution API`);
}
