import type { GoogleCallOptions, GoogleSession } from "../session.ts";
import { type Operation, operation, type Revision, revision, type Service, service } from "./model.ts";
import { cloudRunPermissions } from "./permissions.ts";

/** A service of Cloud Run. */
export interface CloudRunService {
  readonly project: string;
  readonly region: string;
  readonly service: string;
}

/** The parts of a service that a rollout writes. A template is never among them, so no write makes a revision. */
export interface ServicePatch {
  readonly traffic?: Service["traffic"];
  readonly scaling?: Service["scaling"];
  readonly annotations?: Readonly<Record<string, string>>;
  /** With it the write is refused when somebody else has written since; without it the last write wins. */
  readonly etag?: string | undefined;
}

/** The calls of the Cloud Run Admin API v2 that a rollout makes. */
export interface CloudRunApi {
  readonly resource: string;
  service(signal: AbortSignal): Promise<Service>;
  revision(name: string, signal: AbortSignal): Promise<Revision>;
  operation(name: string, signal: AbortSignal): Promise<Operation>;
  /** @throws GoogleError with HTTP status 409 or 412 when `etag` is not the newest */
  patch(change: ServicePatch, options: GoogleCallOptions): Promise<Operation>;
  /** The same write for others to make. */
  patchRequest(change: ServicePatch): { readonly address: string; readonly body: unknown };
}

/** Opens a service; no call is made yet. */
export function openCloudRunApi(
  session: GoogleSession,
  { project, region, service: name }: CloudRunService,
): CloudRunApi {
  const resource = `projects/${project}/locations/${region}/services/${name}`;
  const get = { api: "run", method: "GET" } as const;
  return {
    resource,
    service: (signal) =>
      session.call(
        { ...get, permission: cloudRunPermissions.read, path: `v2/${resource}`, schema: service },
        { signal },
      ),
    revision: (revisionName, signal) =>
      session.call(
        {
          ...get,
          permission: cloudRunPermissions.revision,
          path: `v2/${resource}/revisions/${revisionName}`,
          schema: revision,
        },
        { signal },
      ),
    operation: (operationName, signal) =>
      session.call(
        {
          ...get,
          permission: cloudRunPermissions.operation,
          path: `v2/${operationName}`,
          schema: operation,
        },
        { signal },
      ),
    patchRequest: (change) => ({
      address: `${session.address("run")}/v2/${resource}?${maskOf(change)}`,
      body: change,
    }),
    patch: ({ etag, ...change }, options) =>
      session.call(
        {
          api: "run",
          method: "PATCH",
          permission: cloudRunPermissions.write,
          path: `v2/${resource}`,
          query: maskOf(change),
          body: { ...change, ...(etag === undefined ? {} : { etag }) },
          schema: operation,
        },
        options,
      ),
  };
}

/** Only what stands in the mask is written; an etag is no field. */
function maskOf({ etag: _etag, ...change }: ServicePatch): URLSearchParams {
  return new URLSearchParams({ updateMask: Object.keys(change).join(",") });
}
