import type { Scenario, ScenarioName } from "./scenario.ts";

/** What a scenario says of itself; the rest is as in {@link usual}. */
type Sketch = Omit<Scenario, "name" | "rate" | "releases" | "configuration"> &
  Partial<Pick<Scenario, "rate" | "releases" | "configuration">>;

/** Two equal releases, 100 requests a second, the canary as the world configures it. */
const usual = { rate: 100, releases: { old: {}, new: {} }, configuration: {} } satisfies Partial<Scenario>;

/** Taken back while it was a canary, with few errors for users. */
const takenBack = {
  serving: "old",
  highestShare: { from: 0.1, to: 0.5 },
  mostErrors: 0.02,
} as const;
const promoted = { serving: "new", highestShare: { from: 1, to: 1 }, mostErrors: 0.001 } as const;
const rolledBack = [{ outcome: "failure", says: "CANARY_ROLLED_BACK" }] as const;
const inconclusive = [{ outcome: "failure", says: "CANARY_INCONCLUSIVE" }] as const;

const sketches: Readonly<Record<ScenarioName, Sketch>> = {
  healthy: {
    story: "a healthy release reaches all users",
    expected: { ...promoted, runs: [{ outcome: "success" }] },
  },
  errors: {
    story: "a release that fails 5 % of its requests is taken back by the canary",
    releases: { old: {}, new: { SHOP_ERROR_RATE: "0.05" } },
    expected: { ...takenBack, runs: rolledBack },
  },
  crash: {
    story: "a release that crashes at start never gets a user",
    releases: { old: {}, new: { SHOP_CRASH_AT_START: "true" } },
    expected: {
      ...takenBack,
      runs: [{ outcome: "failure", says: "DEPLOYMENT_ROLLED_BACK" }],
      highestShare: { from: 0, to: 0 },
      mostErrors: 0.001,
    },
  },
  cancel: {
    story: "somebody cancels the run in the middle of the canary",
    disturbance: { kind: "cancel", at: 0.25 },
    expected: {
      ...takenBack,
      runs: [{ outcome: "cancelled" }],
      highestShare: { from: 0.25, to: 0.5 },
      mostErrors: 0.001,
    },
  },
  subtle: {
    story: "the old release fails 1 % of its requests and the new one 2 %: it is taken back",
    // By the formula of the gate, twice 1 % shows after 6400 requests to each release: 42 s at this rate.
    rate: 300,
    releases: { old: { SHOP_ERROR_RATE: "0.01" }, new: { SHOP_ERROR_RATE: "0.02" } },
    configuration: {
      CANARY_STEPS: "50,100",
      CANARY_TOLERANCE: "1.1",
      CANARY_DETECT: "2",
      CANARY_MAX_STEP: "90s",
    },
    expected: { ...takenBack, runs: rolledBack, highestShare: { from: 0.5, to: 0.5 } },
  },
  latency: {
    story: "a release that takes twice as long is taken back",
    releases: { old: {}, new: { SHOP_WORK_MS: "80" } },
    expected: { ...takenBack, runs: rolledBack, mostErrors: 0.001 },
  },
  leak: {
    story: "a release that gets worse with every second is taken back",
    releases: { old: {}, new: { SHOP_LEAK_PER_MINUTE: "10" } },
    expected: { ...takenBack, runs: rolledBack },
  },
  "low-traffic": {
    story: "too few users come to tell a bad release from a good one: it is taken back, not promoted",
    rate: 5,
    configuration: { CANARY_MAX_STEP: "15s" },
    expected: {
      ...takenBack,
      runs: inconclusive,
      highestShare: { from: 0.1, to: 0.1 },
      mostErrors: 0.001,
    },
  },
  "no-metrics": {
    story: "CloudWatch has no data: a release that nobody can judge is taken back, not promoted",
    configuration: { CANARY_MAX_BLIND: "15s" },
    disturbance: { kind: "no-metrics", at: 0 },
    expected: {
      ...takenBack,
      runs: inconclusive,
      highestShare: { from: 0.1, to: 0.1 },
      mostErrors: 0.001,
    },
  },
  "incident-both": {
    story: "the database takes no orders for a while, whichever release asks: the canary waits, then goes on",
    disturbance: { kind: "incident", at: 0.25, milliseconds: 10_000 },
    expected: { ...promoted, runs: [{ outcome: "success" }], mostErrors: 0.1 },
  },
  "runner-dies": {
    story:
      "the runner dies in the middle of the canary: run again, the job carries on where the traffic stands",
    disturbance: { kind: "runner-dies", at: 0.25 },
    expected: { ...promoted, runs: [{ outcome: "failure" }, { outcome: "success" }] },
  },
  drift: {
    story: "somebody else writes the weights in the middle of the canary: it stops, says so, and goes back",
    disturbance: { kind: "drift", at: 0.25, share: 0.1 },
    expected: {
      ...takenBack,
      runs: [{ outcome: "failure", says: "TRAFFIC_DRIFTED" }],
      highestShare: { from: 0.25, to: 0.25 },
      mostErrors: 0.001,
    },
  },
  "second-deploy": {
    story:
      "another commit is released in the middle of the canary: it is refused, and the first one finishes",
    disturbance: { kind: "second-deploy", at: 0.1 },
    expected: {
      ...promoted,
      runs: [
        { outcome: "success" },
        {
          outcome: "failure",
          says: "ROLLOUT_IN_PROGRESS: The rollout of https://github.com/acme/shop-api/actions/runs/1001/",
        },
      ],
    },
  },
};

/** The scenario of a name. */
export function scenarioOf(name: ScenarioName): Scenario {
  return { ...usual, ...sketches[name], name };
}
