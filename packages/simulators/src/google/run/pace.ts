/** Durations of what Cloud Run does by itself, milliseconds. */
export interface RunPace {
  /** From a change until an instance of the new revision is started. */
  readonly provisioning: number;
  /** From a ready revision, or a change of traffic alone, until the operation is done. */
  readonly routing: number;
  /** From the end of the operation until `trafficStatuses` follows and reconciling ends. */
  readonly convergence: number;
  /** From then until requests follow too. */
  readonly propagation: number;
  /** Between two looks whether a starting container listens. */
  readonly startupCheck: number;
  /** Length of one second given by the user: startup probes. */
  readonly second: number;
}

/** What a project sees with a small image. */
export const realisticRunPace: RunPace = {
  provisioning: 5_000,
  routing: 2_000,
  convergence: 3_000,
  propagation: 1_000,
  startupCheck: 1_000,
  second: 1_000,
};

/** The realistic pace with the given durations replaced, then all divided by `speed`. Throws a RangeError for a speed of 0 or less. */
export function runPaceOf(overrides: Partial<RunPace> = {}, speed = 1): RunPace {
  if (!(speed > 0)) throw new RangeError(`speed is ${speed}; give a number above 0 (1 is real time).`);
  const pace: RunPace = { ...realisticRunPace, ...overrides };
  return {
    provisioning: pace.provisioning / speed,
    routing: pace.routing / speed,
    convergence: pace.convergence / speed,
    propagation: pace.propagation / speed,
    startupCheck: pace.startupCheck / speed,
    second: pace.second / speed,
  };
}
