/** Durations of what Amazon ECS does by itself, all in milliseconds. */
export interface Pace {
  /** Between two looks of the service scheduler. */
  readonly schedulerInterval: number;
  /** PROVISIONING: attaching a network interface. */
  readonly provisioning: number;
  /** PENDING: pulling the images. */
  readonly pulling: number;
  /** ACTIVATING: before targets are registered. */
  readonly activating: number;
  /** DEPROVISIONING: detaching the network interface. */
  readonly deprovisioning: number;
  /** Longest wait for a target to leave its target group. */
  readonly drainLimit: number;
  /** After RUNNING, until a task that no check watches counts as healthy (40 s, `minimumHealthyPercent` in the API reference). */
  readonly settling: number;
  /** First back-off after a task failed to start; doubles with each further failure. */
  readonly backoffFirst: number;
  /** Longest back-off (27 minutes, "Service throttle logic" in the developer guide). */
  readonly backoffLimit: number;
  /** How long a rolling deployment with alarms bakes once its tasks are steady. */
  readonly alarmBake: number;
  /** Shortest stay in a lifecycle stage of a native deployment. */
  readonly stage: number;
  /** How long a stopped task can be described (1 hour). */
  readonly stoppedRetention: number;
  /** Length of one second given by the user: grace periods, health check intervals, stop timeouts. */
  readonly second: number;
  /** Length of one minute given by the user: bake times and hook timeouts. */
  readonly minute: number;
}

/** What an account sees with Fargate tasks of a small image. */
export const realisticPace: Pace = {
  schedulerInterval: 2_000,
  provisioning: 10_000,
  pulling: 5_000,
  activating: 1_000,
  deprovisioning: 10_000,
  drainLimit: 300_000,
  settling: 40_000,
  backoffFirst: 5_000,
  backoffLimit: 27 * 60_000,
  alarmBake: 300_000,
  stage: 10_000,
  stoppedRetention: 3_600_000,
  second: 1_000,
  minute: 60_000,
};

/**
 * The realistic pace with the given durations replaced, then all divided by `speed`.
 * The retention of stopped tasks is not divided: nobody waits for it.
 */
export function paceOf(overrides: Partial<Pace> = {}, speed = 1): Pace {
  if (!(speed > 0)) throw new RangeError(`speed is ${speed}; give a number above 0 (1 is real time).`);
  const pace: Pace = { ...realisticPace, ...overrides };
  const scaled = (milliseconds: number) => milliseconds / speed;
  return {
    schedulerInterval: scaled(pace.schedulerInterval),
    provisioning: scaled(pace.provisioning),
    pulling: scaled(pace.pulling),
    activating: scaled(pace.activating),
    deprovisioning: scaled(pace.deprovisioning),
    drainLimit: scaled(pace.drainLimit),
    settling: scaled(pace.settling),
    backoffFirst: scaled(pace.backoffFirst),
    backoffLimit: scaled(pace.backoffLimit),
    alarmBake: scaled(pace.alarmBake),
    stage: scaled(pace.stage),
    stoppedRetention: pace.stoppedRetention,
    second: scaled(pace.second),
    minute: scaled(pace.minute),
  };
}
