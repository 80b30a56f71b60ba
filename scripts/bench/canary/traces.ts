/** What happens to a rollout: how the two releases behave minute by minute. */

/** How a release behaves. */
export interface Behaviour {
  /** Share of requests that fail. */
  readonly errors: number;
  /** How many times slower than usual it answers. */
  readonly slowness: number;
}

/** A moment of a rollout. */
export interface Moment {
  /** Minutes since the first shift. */
  readonly minute: number;
  /** Minutes since the canary got a quarter of the traffic; negative before. */
  readonly sinceQuarter: number;
}

/** One world in which rules are tried. */
export interface Trace {
  readonly name: string;
  readonly requestsPerSecond: number;
  stable(moment: Moment): Behaviour;
  canary(moment: Moment): Behaviour;
  /** Whether metrics of a minute ever appear. */
  hasMetrics(minute: number): boolean;
  /** Of a bad canary: the trace of a healthy one under the same conditions. */
  readonly healthy?: string | undefined;
  /** When it turns bad, for the time until it is rolled back. */
  readonly turnsBad?: "at the first shift" | "at a quarter of the traffic";
  /** Bad requests are slow ones. */
  readonly counts?: "slow";
}

const steady = (errors: number) => (): Behaviour => ({ errors, slowness: 1 });
const always = () => true;
const between = (from: number, until: number) => (minute: number) => minute >= from && minute < until;

function healthy(name: string, requestsPerSecond: number, errors: number, more: Partial<Trace> = {}): Trace {
  return {
    name,
    requestsPerSecond,
    stable: steady(errors),
    canary: steady(errors),
    hasMetrics: always,
    ...more,
  };
}

const incident = ({ minute }: Moment): Behaviour => ({
  errors: between(14, 20)(minute) ? 0.08 : 0.005,
  slowness: 1,
});
const gap = between(12, 20);

/** Healthy canaries: every rollback is a false one. */
export const healthyTraces: readonly Trace[] = [
  healthy(".1 % base", 100, 0.001),
  healthy(".5 % base", 100, 0.005),
  healthy("1 % base", 100, 0.01),
  healthy(".5 rps", 0.5, 0.005),
  healthy("6-min 8 % incident in both arms", 100, 0.005, { stable: incident, canary: incident }),
  healthy("8-min metric gap", 100, 0.005, { hasMetrics: (minute) => !gap(minute) }),
];

function bad(name: string, base: string, errors: number, more: Partial<Trace> = {}): Trace {
  const found = healthyTraces.find((trace) => trace.name === base);
  if (!found) throw new Error(`There is no healthy trace ${base}.`);
  return { ...found, name, healthy: base, turnsBad: "at the first shift", canary: steady(errors), ...more };
}

/** Bad canaries: what counts is how soon they are rolled back, and how many bad requests users saw. */
export const badTraces: readonly Trace[] = [
  bad("5 % errors", ".5 % base", 0.05),
  bad("50 % errors", ".5 % base", 0.5),
  bad("1→2 %", "1 % base", 0.02),
  bad("latency ×2", ".5 % base", 0, {
    canary: () => ({ errors: 0.005, slowness: 2 }),
    counts: "slow",
  }),
  bad("leak +.5 pt/min from 25 %", ".5 % base", 0, {
    canary: ({ sinceQuarter }) => ({
      // The mean over the minute.
      errors: 0.005 + (sinceQuarter < 0 ? 0 : Math.min(0.5, 0.005 * (sinceQuarter + 0.5))),
      slowness: 1,
    }),
    turnsBad: "at a quarter of the traffic",
  }),
  bad(".5 rps, 10 % errors", ".5 rps", 0.1),
  bad("no metrics min 0–9, 5 % errors", "8-min metric gap", 0.05, { hasMetrics: (minute) => minute >= 10 }),
  {
    ...bad("never any metrics, 5 % errors", ".5 % base", 0.05, { hasMetrics: () => false }),
    healthy: undefined,
  },
];
