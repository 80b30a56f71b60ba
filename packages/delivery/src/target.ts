/** How traffic is divided between the release that serves and the one on trial. */
export interface Split {
  /** Share of requests for the canary, a fraction from 0 to 1. */
  readonly canary: number;
}

/** A release standing ready beside the stable one. */
export interface Candidate {
  /** The target's own name of it: a service, a revision, a target group. */
  readonly name: string;
}

/** What a target is doing now. */
export interface TargetState {
  readonly split: Split;
  readonly stable: Candidate;
  readonly canary: Candidate;
}

/** Whether a candidate could take traffic. */
export interface Health {
  readonly healthy: number;
  readonly registered: number;
  /** Reasons of those that are not healthy, in the platform's words. */
  readonly reasons: readonly string[];
}

/**
 * Something that serves a product and can divide traffic between two releases.
 * Every operation is idempotent and cancellable, and every write is read back before it is believed.
 */
export interface Target<Release = unknown> {
  /** Reads; changes nothing. */
  inspect(signal?: AbortSignal): Promise<TargetState>;
  /** Brings a release up beside the stable one, without traffic. */
  stage(release: Release, signal?: AbortSignal): Promise<Candidate>;
  /** Moves traffic. @throws ShipError `TRAFFIC_DRIFTED` when the split found is not the one written last */
  route(split: Split, signal?: AbortSignal): Promise<void>;
  /** All traffic back to stable in one call without reading first: the act of a cancellation. */
  restore(): Promise<void>;
  health(candidate: Candidate, signal?: AbortSignal): Promise<Health>;
  /** Takes a candidate's capacity away; refuses one that has traffic. */
  retire(candidate: Candidate, signal?: AbortSignal): Promise<void>;
}
