import type { Disturbance } from "../disturbance/disturbance.ts";
import type { Outcome } from "../runner/index.ts";

/** The names `--scenario` accepts, besides `all`. */
export const scenarioNames = [
  "healthy",
  "errors",
  "crash",
  "cancel",
  "subtle",
  "latency",
  "leak",
  "low-traffic",
  "no-metrics",
  "incident-both",
  "runner-dies",
  "drift",
  "second-deploy",
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Which release of the sample app something is about. */
export type Release = "old" | "new";

/** Names and values, as environment or configuration variables. */
export type Variables = Readonly<Record<string, string>>;

/** How one run of a workflow must end. */
export interface RunExpectation {
  readonly outcome: Outcome;
  /** Part of an error that it reports, such as the code. */
  readonly says?: string;
}

/** How a scenario must end: held against the simulated cloud, the databases and what users saw. */
export interface Expectation {
  /** The runs in the order of their start. */
  readonly runs: readonly RunExpectation[];
  /** The release with all of production's traffic at the end. */
  readonly serving: Release;
  /** Bounds of the highest share (0 to 1) of production's traffic that the new release ever had. */
  readonly highestShare: { readonly from: number; readonly to: number };
  /** Largest share (0 to 1) of all users' requests that may have failed. */
  readonly mostErrors: number;
}

/** One way a release can go. */
export interface Scenario {
  readonly name: ScenarioName;
  /** What happens, for the first line of the run. */
  readonly story: string;
  /** Requests per second that users send to production. */
  readonly rate: number;
  /** Environment variables of each release in production: how it behaves. */
  readonly releases: Readonly<Record<Release, Variables>>;
  /** Configuration variables of the production environment that are not as in every scenario. */
  readonly configuration: Variables;
  /** What happens to the world in the middle of it. */
  readonly disturbance?: Disturbance;
  readonly expected: Expectation;
}
