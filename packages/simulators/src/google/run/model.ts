import type { JsonObject } from "../../service.ts";
import type { RpcStatus } from "../status.ts";

/** Where a share of a service's requests shall go. */
export interface TrafficTarget {
  /** A revision by its short name, or the latest one that is ready. */
  readonly to: { readonly latest: true } | { readonly revision: string };
  /** Whole percent, 0 to 100. */
  readonly percent: number;
  readonly tag?: string;
}

/** The state of one aspect of a service or revision, in the words of GoogleCloudRunV2Condition. */
export interface Condition {
  readonly type: string;
  readonly state: "CONDITION_PENDING" | "CONDITION_RECONCILING" | "CONDITION_FAILED" | "CONDITION_SUCCEEDED";
  readonly message?: string;
  readonly reason?: string;
  readonly revisionReason?: string;
  readonly severity?: "ERROR" | "WARNING" | "INFO";
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Why a revision cannot serve. */
export interface RevisionFailure {
  /** What follows "Revision '…' is not ready and cannot serve traffic." */
  readonly message: string;
  /** Of google.rpc.Code, as the operation ends with it. */
  readonly code: RpcStatus["code"];
  readonly reason?: string;
  readonly revisionReason?: string;
  /** The condition that failed besides Ready. */
  readonly condition: "ContainerHealthy" | "ContainerReady" | "ResourcesAvailable";
}

/** An immutable copy of a service's template. */
export interface Revision {
  /** Short name, for example `shop-00002-abc`. */
  readonly id: string;
  readonly uid: string;
  /** The template as it was, without `revision`. */
  readonly template: JsonObject;
  readonly generation: number;
  readonly createdAt: number;
  readonly creator: string;
  updatedAt: number;
  state:
    | { readonly is: "starting" }
    | { readonly is: "ready" }
    | ({ readonly is: "failed" } & RevisionFailure);
  /** Whether requests or tags reach it; a revision that nothing reaches is retired. */
  active: boolean;
}

/** A Cloud Run service: what the user wants, what is, and its revisions. */
export interface Service {
  readonly id: string;
  readonly project: string;
  readonly location: string;
  readonly uid: string;
  readonly createdAt: number;
  readonly creator: string;
  lastModifier: string;
  updatedAt: number;
  /** Counts every change, by the user or the system; the etag is made of it. */
  version: number;
  generation: number;
  observedGeneration: number;
  /** The user's own fields, as given; `template` and `traffic` included. */
  desired: JsonObject;
  traffic: readonly TrafficTarget[];
  /** What `trafficStatuses` says. */
  reported: readonly ServingTarget[];
  /** What requests really follow: they are a moment behind what is reported. */
  serving: readonly ServingTarget[];
  /** Whether the system is still busy with the newest generation. */
  reconciling: boolean;
  conditions: readonly Condition[];
  latestCreated: string | undefined;
  latestReady: string | undefined;
  readonly revisions: Map<string, Revision>;
  deleted: boolean;
}

/** A traffic target with the revision it came down to. */
export interface ServingTarget extends TrafficTarget {
  readonly serves: string;
}
