import type { Outcome } from "../runner/index.ts";

/** The names `--scenario` accepts. */
export const scenarioNames = ["healthy", "errors", "crash", "cancel"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Which release of the sample app something is about. */
export type Release = "old" | "new";

/** How a scenario must end: held against the simulated cloud, the databases and what users saw. */
export interface Expectation {
  /** Result of the whole workflow run. */
  readonly workflow: Outcome;
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
  /** Environment variables of the new release in production: how it misbehaves. */
  readonly variant: Readonly<Record<string, string>>;
  /** The share (0 to 1) at which the run is cancelled; absent for runs nobody cancels. */
  readonly cancelAt?: number;
  readonly expected: Expectation;
}

/** All scenarios by name. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  healthy: {
    name: "healthy",
    story: "a healthy release reaches all users",
    variant: {},
    expected: {
      workflow: "success",
      serving: "new",
      highestShare: { from: 1, to: 1 },
      mostErrors: 0.001,
    },
  },
  errors: {
    name: "errors",
    story: "a release that fails 5 % of its requests is taken back by the canary",
    variant: { SHOP_ERROR_RATE: "0.05" },
    expected: {
      workflow: "failure",
      serving: "old",
      highestShare: { from: 0.05, to: 0.5 },
      mostErrors: 0.02,
    },
  },
  crash: {
    name: "crash",
    story: "a release that crashes at start never gets a user",
    variant: { SHOP_CRASH_AT_START: "true" },
    expected: {
      workflow: "failure",
      serving: "old",
      highestShare: { from: 0, to: 0 },
      mostErrors: 0.001,
    },
  },
  cancel: {
    name: "cancel",
    story: "somebody cancels the run in the middle of the canary",
    variant: {},
    cancelAt: 0.25,
    expected: {
      workflow: "cancelled",
      serving: "old",
      highestShare: { from: 0.25, to: 0.5 },
      mostErrors: 0.001,
    },
  },
};
