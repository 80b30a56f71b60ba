import type { ReportProblem } from "#ship/kit";

/** A service whose traffic Amazon ECS moves itself. */
export interface NativeService {
  readonly cluster: string;
  readonly service: string;
}

/** The inputs that name the service, and those that mean something else. */
export interface NativeValues {
  readonly cluster: string;
  readonly service: string | undefined;
  readonly candidate: string | undefined;
  readonly stable: string | undefined;
  readonly "listener-rule-arn": readonly string[] | undefined;
  readonly "listener-arn": readonly string[] | undefined;
  readonly "stable-target-group": string | undefined;
  readonly "canary-target-group": string | undefined;
}

const foreign = [
  "candidate",
  "stable",
  "listener-rule-arn",
  "listener-arn",
  "stable-target-group",
  "canary-target-group",
] as const;

/** Reads the service of a native deployment; reports what is missing, and what belongs to another target. */
export function readNativeService(values: NativeValues, problem: ReportProblem): NativeService | undefined {
  for (const name of foreign) {
    if (values[name] !== undefined)
      problem(name, "it means nothing with target: ecs-native, where the deployment itself tells");
  }
  const { cluster, service } = values;
  if (service === undefined) problem("service", "it is required with target: ecs-native");
  return service === undefined ? undefined : { cluster, service };
}
