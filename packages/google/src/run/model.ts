import * as z from "zod/mini";

/** Where traffic goes: to a revision by name, or to whichever is the latest that is ready. */
const allocationType = {
  latest: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
  revision: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
} as const;

export const { latest: toLatest, revision: toRevision } = allocationType;

/** One entry of a service's traffic (Cloud Run Admin API v2: TrafficTarget); `percent` is absent where it is 0. */
export const trafficTarget = z.object({
  type: z.optional(z.string()),
  revision: z.optional(z.string()),
  percent: z.optional(z.number()),
  tag: z.optional(z.string()),
});
export type TrafficEntry = z.infer<typeof trafficTarget>;

const trafficStatus = z.extend(trafficTarget, { uri: z.optional(z.string()) });

/** Why something is as it is; `state` decides, the reasons explain. */
const condition = z.object({
  type: z.optional(z.string()),
  state: z.optional(z.string()),
  severity: z.optional(z.string()),
  message: z.optional(z.string()),
  reason: z.optional(z.string()),
  revisionReason: z.optional(z.string()),
});
export type Condition = z.infer<typeof condition>;

/** What is read of a service. 64-bit numbers are strings. */
export const service = z.object({
  name: z.string(),
  uri: z.optional(z.string()),
  etag: z.optional(z.string()),
  generation: z.optional(z.string()),
  observedGeneration: z.optional(z.string()),
  reconciling: z.optional(z.boolean()),
  latestReadyRevision: z.optional(z.string()),
  annotations: z.optional(z.record(z.string(), z.string())),
  scaling: z.optional(z.looseObject({ minInstanceCount: z.optional(z.number()) })),
  traffic: z._default(z.array(trafficTarget), []),
  trafficStatuses: z._default(z.array(trafficStatus), []),
  terminalCondition: z.optional(condition),
  conditions: z._default(z.array(condition), []),
});
export type Service = z.infer<typeof service>;

/** What is read of a revision. */
export const revision = z.object({
  name: z.string(),
  service: z.optional(z.string()),
  conditions: z._default(z.array(condition), []),
  scaling: z.optional(z.object({ minInstanceCount: z.optional(z.number()) })),
  containers: z._default(z.array(z.object({ image: z.optional(z.string()) })), []),
  sessionAffinity: z.optional(z.boolean()),
  logUri: z.optional(z.string()),
});
export type Revision = z.infer<typeof revision>;

/** A long-running operation (google.longrunning.Operation). */
export const operation = z.object({
  name: z.string(),
  done: z.optional(z.boolean()),
  error: z.optional(z.object({ code: z.optional(z.number()), message: z.optional(z.string()) })),
});
export type Operation = z.infer<typeof operation>;

/** The last part of a resource name: `projects/…/revisions/shop-00007-abc` is `shop-00007-abc`. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
