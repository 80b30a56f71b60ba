import type { Outcome } from "../runner/index.ts";
import type { Experiences } from "../traffic/index.ts";
import type { Release } from "./scenario.ts";

/** A release as production knows it at the end. */
export interface ServingState {
  /** Share (0 to 1) of the traffic that the load balancer sends to it. */
  readonly share: number;
  /** Services of the pair that run it, with their running and healthy tasks. */
  readonly services: readonly string[];
  readonly runningTasks: number;
  readonly healthyTargets: number;
}

/** How a run of a workflow ended, and what it reported. */
export interface RunEnd {
  readonly outcome: Outcome;
  readonly errors: readonly string[];
}

/** What the runs, the simulated cloud, the databases and the users say at the end. All but `runs` comes from no action. */
export interface EndState {
  /** In the order of their start. */
  readonly runs: readonly RunEnd[];
  readonly releases: Readonly<Record<Release, ServingState>>;
  /** Requests of the last seconds by the release that answered them. */
  readonly answering: Readonly<Record<Release, number>>;
  /** Highest share (0 to 1) of production's traffic that the new release ever had. */
  readonly highestShare: number;
  /** How often the new release was given less than it had. */
  readonly stepsBack: number;
  /** Shares that the new release was given while both releases failed; absent when they never did. */
  readonly sharesInIncident?: readonly number[];
  /** Versions recorded as applied, by environment. */
  readonly migrations: Readonly<Record<string, readonly string[]>>;
  /** Over the whole run. */
  readonly users: Experiences;
}
