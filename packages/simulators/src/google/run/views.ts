import { createHash } from "node:crypto";
import type { JsonObject } from "../../service.ts";
import { serviceName } from "../names.ts";
import { text, timestamp } from "../values.ts";
import type { RunContext } from "./context.ts";
import type { DataPlane } from "./data-plane.ts";
import { logUriOf } from "./failures.ts";
import type { Condition, Revision, Service } from "./model.ts";
import { writeTarget } from "./traffic.ts";

/** Short forms of regions as service addresses hold them. */
const regionCodes: Readonly<Record<string, string>> = {
  "us-central1": "uc",
  "us-east1": "ue",
  "us-west1": "uw",
  "europe-west1": "ew",
  "europe-north1": "lz",
  "asia-east1": "de",
  "asia-northeast1": "an",
};

/** Fingerprint of a service's present version. */
export function etagOf({ uid, version, updatedAt }: Service): string {
  return `"${Buffer.from(`${updatedAt}/${uid.slice(0, 8)}/${version}`).toString("base64url")}"`;
}

/** The address of a service or of one of its tags. */
export function uriOf(context: RunContext, plane: DataPlane, service: Service, tag?: string): string {
  const local = context.uris === "local" ? plane.url(service, tag) : undefined;
  if (local !== undefined) return local;
  const hash = createHash("sha256")
    .update(context.project.number)
    .digest("hex")
    .replace(/[^a-z]/g, "")
    .padEnd(10, "q");
  const code = regionCodes[service.location] ?? service.location.replace(/[^a-z]/g, "").slice(0, 2);
  return `https://${tag === undefined ? "" : `${tag}---`}${service.id}-${hash.slice(0, 10)}-${code}.a.run.app`;
}

/** GoogleCloudRunV2Service. 64-bit integers are texts; false, 0 and empty members are left out, as proto3 JSON does. */
export function viewService(context: RunContext, plane: DataPlane, service: Service): JsonObject {
  const name = serviceName(service.project, service.location, service.id);
  const uri = uriOf(context, plane, service);
  const ready = service.conditions.find(({ type }) => type === "Ready");
  const revision = (id: string | undefined) => (id === undefined ? undefined : `${name}/revisions/${id}`);
  return defined({
    name,
    uid: service.uid,
    generation: String(service.generation),
    ...service.desired,
    traffic: service.traffic.map(writeTarget),
    createTime: timestamp(service.createdAt),
    updateTime: timestamp(service.updatedAt),
    creator: service.creator,
    lastModifier: service.lastModifier,
    ingress: text(service.desired, "ingress") ?? "INGRESS_TRAFFIC_ALL",
    launchStage: text(service.desired, "launchStage") ?? "GA",
    observedGeneration: service.observedGeneration === 0 ? undefined : String(service.observedGeneration),
    terminalCondition: ready && viewCondition(ready),
    conditions: service.conditions.filter(({ type }) => type !== "Ready").map(viewCondition),
    latestReadyRevision: revision(service.latestReady),
    latestCreatedRevision: revision(service.latestCreated),
    trafficStatuses: service.reported.map((target) => ({
      ...writeTarget(target),
      ...(target.tag === undefined ? {} : { uri: uriOf(context, plane, service, target.tag) }),
    })),
    uri,
    urls: [uri],
    reconciling: service.reconciling || undefined,
    etag: etagOf(service),
  });
}

/** GoogleCloudRunV2Revision. */
export function viewRevision(context: RunContext, service: Service, revision: Revision): JsonObject {
  const name = serviceName(service.project, service.location, service.id);
  const { labels, annotations, containers, healthCheckDisabled: _, ...settings } = revision.template;
  return defined({
    name: `${name}/revisions/${revision.id}`,
    uid: revision.uid,
    generation: "1",
    labels,
    annotations,
    createTime: timestamp(revision.createdAt),
    updateTime: timestamp(revision.updatedAt),
    launchStage: "GA",
    service: service.id,
    ...settings,
    serviceAccount:
      text(revision.template, "serviceAccount") ??
      `${context.project.number}-compute@developer.gserviceaccount.com`,
    containers,
    creator: revision.creator,
    conditions: revisionConditions(revision).map(viewCondition),
    observedGeneration: revision.state.is === "starting" ? undefined : "1",
    reconciling: revision.state.is === "starting" || undefined,
    logUri: logUriOf(context.project, service.id, revision.id),
    etag: `"${Buffer.from(`${revision.uid.slice(0, 8)}/${revision.updatedAt}`).toString("base64url")}"`,
  });
}

function revisionConditions({ state, active, createdAt, updatedAt }: Revision): readonly Condition[] {
  const kinds = ["ResourcesAvailable", "ContainerReady", "ContainerHealthy"] as const;
  if (state.is === "starting") {
    return [...kinds, "Ready"].map((type) => ({ type, state: "CONDITION_PENDING", at: createdAt }));
  }
  const activity: Condition = active
    ? { type: "Active", state: "CONDITION_SUCCEEDED", severity: "INFO", at: updatedAt }
    : {
        type: "Active",
        state: "CONDITION_FAILED",
        severity: "INFO",
        message: "Revision retired.",
        revisionReason: "RETIRED",
        at: updatedAt,
      };
  if (state.is === "ready") {
    return [
      ...[...kinds, "Ready"].map(
        (type): Condition => ({ type, state: "CONDITION_SUCCEEDED", at: updatedAt }),
      ),
      activity,
    ];
  }
  const failed = (type: string): Condition => ({
    type,
    state: "CONDITION_FAILED",
    message: state.message,
    at: updatedAt,
    ...(state.reason === undefined ? {} : { reason: state.reason }),
    ...(state.revisionReason === undefined ? {} : { revisionReason: state.revisionReason }),
  });
  return [
    ...kinds.map(
      (type): Condition =>
        type === state.condition ? failed(type) : { type, state: "CONDITION_SUCCEEDED", at: updatedAt },
    ),
    failed("Ready"),
    activity,
  ];
}

function viewCondition({ at, ...condition }: Condition): JsonObject {
  return { ...condition, lastTransitionTime: timestamp(at) };
}

function defined(view: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(view).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
