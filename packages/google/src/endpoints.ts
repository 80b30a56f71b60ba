import type { Environment } from "#ship/kit";

/** The Google APIs that are called, by the first part of their host name. */
export type GoogleApi = "run" | "monitoring" | "cloudscheduler" | "sts" | "iamcredentials";

/**
 * The base address of an API without a trailing slash and without a version. An override is taken from the variables of
 * gcloud (`CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN`) or of google-github-actions/auth (`GHA_ENDPOINT_OVERRIDE_sts`, which ends
 * in the version).
 */
export function endpointOf(api: GoogleApi, environment: Pick<Environment, "variable">): string {
  return overrideOf(api, environment) ?? `https://${api}.googleapis.com`;
}

/** True when the API's address was overridden: then it may be anything that speaks the API. */
export function isOverridden(api: GoogleApi, environment: Pick<Environment, "variable">): boolean {
  return overrideOf(api, environment) !== undefined;
}

function overrideOf(api: GoogleApi, { variable }: Pick<Environment, "variable">): string | undefined {
  const gcloud = variable(`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api.toUpperCase()}`);
  if (gcloud !== undefined) return gcloud.replace(/\/+$/, "");
  return variable(`GHA_ENDPOINT_OVERRIDE_${api}`)?.replace(/(?:\/v\d+)?\/*$/, "");
}
