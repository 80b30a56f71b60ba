import type { CloudRunSplit } from "#ship/google";
import type { Environment, ReportProblem } from "#ship/kit";

/** The inputs that say which revision of which service is on trial, and those that mean something else. */
export interface CloudRunValues {
  readonly service: string | undefined;
  readonly region: string | undefined;
  readonly "project-id": string | undefined;
  readonly candidate: string | undefined;
  readonly stable: string | undefined;
  readonly "listener-rule-arn": readonly string[] | undefined;
  readonly "listener-arn": readonly string[] | undefined;
  readonly "stable-target-group": string | undefined;
  readonly "canary-target-group": string | undefined;
  readonly "deadman-role": string | undefined;
}

const foreign = [
  "stable",
  "listener-rule-arn",
  "listener-arn",
  "stable-target-group",
  "canary-target-group",
] as const;
/** Where google-github-actions/auth leaves the project, and gcloud looks for it. */
const projectVariables = ["GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GCLOUD_PROJECT"];

/** Reads the split of a Cloud Run service; reports what is missing, and what belongs to another target. */
export function readCloudRunSplit(
  values: CloudRunValues,
  environment: Environment,
  problem: ReportProblem,
): CloudRunSplit | undefined {
  for (const name of foreign) {
    if (values[name] !== undefined) problem(name, "it means nothing with target: cloud-run");
  }
  if (values["deadman-role"]?.startsWith("arn:"))
    problem("deadman-role", "with target: cloud-run it is the email of a service account");
  const project = projectOf(values, environment);
  const { service, region, candidate } = values;
  if (service === undefined) problem("service", "it is required with target: cloud-run");
  if (region === undefined) problem("region", "it is required with target: cloud-run");
  if (candidate === undefined)
    problem("candidate", "it is required with target: cloud-run: a revision, or one of its tags");
  if (project === undefined)
    problem("project-id", "it is required with target: cloud-run, unless GOOGLE_CLOUD_PROJECT is set");
  return service && region && candidate && project ? { service, region, candidate, project } : undefined;
}

/** The project of a service: as given, or as the job knows it. */
export function projectOf(
  values: Pick<CloudRunValues, "project-id">,
  { variable }: Environment,
): string | undefined {
  return values["project-id"] ?? projectVariables.map(variable).find(Boolean);
}
