import type { Project } from "../names.ts";
import type { RevisionFailure } from "./model.ts";

/** Why an instance did not start, as the revision's conditions and the operation say it. */
export class StartFailure extends Error {
  readonly failure: RevisionFailure;

  constructor(failure: RevisionFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The container ended, or did not listen in time. FAILED_PRECONDITION (9), as observed. */
export function notListening(port: number): StartFailure {
  return new StartFailure({
    message: `The user-provided container failed to start and listen on the port defined provided by the PORT=${port} environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for this revision might contain more information.`,
    code: 9,
    revisionReason: "HEALTH_CHECK_CONTAINER_ERROR",
    condition: "ContainerHealthy",
  });
}

/** The startup probe of the template never passed. */
export function probeFailed(): StartFailure {
  return new StartFailure({
    message:
      "The user-provided container failed the configured startup probe checks. Logs for this revision might contain more information.",
    code: 9,
    revisionReason: "HEALTH_CHECK_CONTAINER_ERROR",
    condition: "ContainerHealthy",
  });
}

/** The image cannot be had; `cause` is what the runtime said. */
export function imageMissing(image: string, cause: unknown): StartFailure {
  const denied = cause instanceof Error && /denied|unauthorized/i.test(cause.message);
  return new StartFailure({
    message: denied
      ? `Google Cloud Run Service Agent must have permission to read the image, ${image}. Ensure that the provided container image URL is correct and that the above account has permission to access the image.`
      : `Image '${image}' not found.`,
    code: denied ? 7 : 5,
    reason: denied ? "CONTAINER_PERMISSION_DENIED" : "CONTAINER_MISSING",
    condition: "ContainerReady",
  });
}

export function secretMissing(secret: string, version: string): StartFailure {
  const name = secret.startsWith("projects/") ? secret : `projects/_/secrets/${secret}`;
  return new StartFailure({
    message: `Secret ${name}/versions/${version} was not found`,
    code: 9,
    reason: "SECRETS_ACCESS_CHECK_FAILED",
    condition: "ResourcesAvailable",
  });
}

/** The sentence a service and its operation give for a revision that failed, with the address of its logs. */
export function notReady(revision: string, failure: RevisionFailure, logUri: string): string {
  return `Revision '${revision}' is not ready and cannot serve traffic. ${failure.message}\n\nLogs URL: ${logUri}\nFor more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start`;
}

/** Console address of a revision's logs. */
export function logUriOf(project: Project, service: string, revision: string): string {
  const query = `resource.type="cloud_run_revision"\nresource.labels.service_name="${service}"\nresource.labels.revision_name="${revision}"`;
  return `https://console.cloud.google.com/logs/viewer?project=${project.id}&resource=cloud_run_revision/service_name/${service}/revision_name/${revision}&advancedFilter=${encodeURIComponent(query)}`;
}
