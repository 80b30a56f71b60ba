/** How traffic is divided between the release that serves and the one on trial. */
export interface Split {
  /** Share of requests for the canary, a fraction from 0 to 1. */
  readonly canary: number;
}

/** A release standing ready beside the stable one. */
export interface Candidate {
  /** The target's own name of it: a service, a revision, a target group. */
  readonly name: string;
  /** What a later process needs to be told to find it again, such as an ARN; the name when absent. */
  readonly reference?: string;
  /** What it runs, as exactly as the target can tell: a task definition, a digest. Absent when it cannot. */
  readonly release?: string;
  /** Where it alone answers, also without traffic, on targets that have such an address. */
  readonly address?: string;
}

/** What a target is doing now. */
export interface TargetState {
  readonly split: Split;
  readonly stable: Candidate;
  readonly canary: Candidate;
  /** Things a person should know before traffic moves, such as sticky sessions that bend the split. */
  readonly warnings: readonly string[];
  /** What a platform with a course of its own is doing with the traffic; absent when it is at rest. */
  readonly motion?: "forward" | "back";
  /** The steps of a platform with a course of its own. */
  readonly steps?: readonly CourseStep[];
}

/** One step of a platform that moves the traffic by itself. */
export interface CourseStep {
  /** The canary's share, a fraction above 0 and at most 1. */
  readonly share: number;
  /** Milliseconds the platform stays there by itself. */
  readonly duration: number;
  /** `answer`: it goes on only when told to; `time`: when the duration is over, whatever the evidence says. */
  readonly until: "answer" | "time";
}

/** What such a platform does at one moment. */
export interface Passage {
  /** The canary's share in force. */
  readonly share: number;
  /** `waits` to be told to go on; `moves` by itself; `finished` when the canary has everything for good. */
  readonly phase: "waits" | "moves" | "finished";
  /** The same in the platform's words. */
  readonly words: string;
}

/** The course of a platform that moves the traffic by itself: it can be held where it waits, and taken back anywhere. */
export interface Course {
  /**
   * @throws ShipError `CANARY_ROLLED_BACK` when it goes back or has gone back, whoever decided that;
   * `DEPLOYMENT_SUPERSEDED` when a newer release has taken the place of this one
   */
  passage(signal?: AbortSignal): Promise<Passage>;
  /** Lets it go on from where it waits. */
  proceed(signal?: AbortSignal): Promise<void>;
}

/** Whether a candidate could take traffic. */
export interface Health {
  readonly healthy: number;
  readonly registered: number;
  /** Reasons of those that are not healthy, in the platform's words. */
  readonly reasons: readonly string[];
}

/**
 * Something that can divide traffic between two releases that are both up.
 * Every operation is idempotent and cancellable, and every write is read back before it is believed.
 */
export interface TrafficTarget {
  /** Reads; changes nothing. */
  inspect(signal?: AbortSignal): Promise<TargetState>;
  /** Present where the platform moves the traffic; then `route` lets it go on until a share is in force. */
  readonly course?: Course;
  /** Moves traffic. @throws ShipError `TRAFFIC_DRIFTED` when the split found is not the one seen or written last */
  route(split: Split, signal?: AbortSignal): Promise<void>;
  /** All traffic back to stable in one call without reading first: the act of a cancellation. Needs an `inspect` before. */
  restore(): Promise<void>;
  /** The command with which a person does by hand what `restore` does. */
  restoreByHand(): string;
  health(candidate: Candidate, signal?: AbortSignal): Promise<Health>;
  /** Takes a candidate's capacity away, where that is the target's business; refuses one that has traffic. */
  retire(candidate: Candidate, signal?: AbortSignal): Promise<void>;
}

/** A target that can also bring a release up. */
export interface Target<Release = unknown> extends TrafficTarget {
  /** Brings a release up beside the stable one, without traffic. */
  stage(release: Release, signal?: AbortSignal): Promise<Candidate>;
}
