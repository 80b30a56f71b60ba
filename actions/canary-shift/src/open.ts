import {
  albMetricsPermissions,
  albPermissions,
  nativePermissions,
  openAlbMetrics,
  openAlbRollout,
  openNativeTarget,
  openSession,
} from "#ship/aws";
import {
  type CredentialLife,
  type DeadMan,
  longestHold,
  type Metrics,
  type TargetNotes,
  type TrafficTarget,
} from "#ship/delivery";
import {
  cloudRunMetricsPermissions,
  cloudRunTargetPermissions,
  cloudRunTimerPermissions,
  openCloudRun,
  openCloudRunMetrics,
  openGoogleSession,
} from "#ship/google";
import type { Run } from "#ship/kit";
import type { ShiftInputs } from "./inputs.ts";
import { openQuestions } from "./prometheus.ts";

/** A platform as a rollout uses it. Nothing is called before it is used. */
export interface Opened {
  readonly target: TrafficTarget;
  /** Opens the evidence of the two releases. */
  metrics(): Promise<Metrics>;
  /** What the identity of the job needs, in the platform's words. */
  readonly permissions: readonly string[];
  /** Where a rollout is remembered; absent on a platform that keeps its own state. */
  readonly memory?: Memory;
}

/** What outlives the process on a platform. */
export interface Memory {
  readonly notes: TargetNotes;
  /** A timer that acts as this role or service account. */
  deadMan(identity: string): DeadMan;
  readonly credentials: CredentialLife;
}

/** The state by which `post` finds the deployment again that `main` led, whatever has begun since. */
const deployment = "deployment";

/** Opens the platform that the inputs name, with its own metrics or those of Prometheus. */
export async function open(inputs: ShiftInputs, run: Run): Promise<Opened> {
  const opened = await openPlatform(inputs, run);
  const { questions } = inputs;
  if (!questions) return opened;
  const unused = new Set([...albMetricsPermissions, ...cloudRunMetricsPermissions]);
  return {
    ...opened,
    metrics: async () => openQuestions(questions, timingOf(inputs), run),
    permissions: opened.permissions.filter((permission) => !unused.has(permission)),
  };
}

function timingOf(inputs: ShiftInputs) {
  return { period: inputs["metric-period"], lag: inputs.lag };
}

async function openPlatform(inputs: ShiftInputs, run: Run): Promise<Opened> {
  const { platform } = inputs;
  const timing = timingOf(inputs);
  switch (platform.kind) {
    case "ecs-alb": {
      const { split } = platform;
      const options = { region: inputs["aws-region"], roleToAssume: inputs["role-to-assume"] };
      const session = openSession(options, run);
      const source = { listenerOrRule: split.place.arn, sides: split.sides, ...timing };
      const { target, notes, deadMan } = await openAlbRollout(session, split);
      return {
        target,
        memory: { notes, deadMan, credentials: session.life },
        metrics: () => openAlbMetrics(session, source, run.signal),
        permissions: [...albPermissions(split), ...albMetricsPermissions],
      };
    }
    case "ecs-native": {
      const options = { region: inputs["aws-region"], roleToAssume: inputs["role-to-assume"] };
      const session = openSession(options, run);
      const pace = { interval: inputs.interval, maxStep: inputs["max-step"] };
      const found = await openNativeTarget(
        session,
        {
          ...platform.service,
          deployment: run.state(deployment),
          longest: (duration) => longestHold(duration, pace),
        },
        run.signal,
      );
      run.saveState(deployment, found.deployment);
      const { target, listenerOrRule, sides } = found;
      return {
        target,
        metrics: () => openAlbMetrics(session, { listenerOrRule, sides, ...timing }, run.signal),
        permissions: [...nativePermissions, ...albMetricsPermissions],
      };
    }
    case "cloud-run": {
      const { split } = platform;
      const session = await openGoogleSession(
        {
          workloadIdentityProvider: inputs["workload-identity-provider"],
          serviceAccount: inputs["service-account"],
        },
        run,
      );
      const { target, notes, deadMan } = await openCloudRun(session, split);
      return {
        target,
        memory: { notes, deadMan, credentials: { kind: "renewed" } },
        permissions: [
          ...cloudRunTargetPermissions,
          ...cloudRunMetricsPermissions,
          ...(inputs["deadman-role"] === undefined ? [] : cloudRunTimerPermissions),
        ],
        async metrics() {
          // The revision that serves is known only once the service has been looked at.
          const { stable, canary } = await target.inspect(run.signal);
          const revisions = { stable: stable.name, canary: canary.name };
          return openCloudRunMetrics(session, { ...split, revisions, ...timing });
        },
      };
    }
  }
}
