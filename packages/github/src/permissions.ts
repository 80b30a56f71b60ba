import type { Clock } from "#ship/kit";
import { PassingAnswer, reasonOf, request } from "./request.ts";

/** What a read with the job's token showed about one permission. */
export interface PermissionFinding {
  readonly scope: string;
  readonly access: "read" | "write";
  readonly granted: "yes" | "no" | "unknown";
  readonly detail: string;
}

/** What the API is asked with. */
export interface ApiOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly apiUrl: string;
  readonly repository: string;
  readonly sha: string;
  readonly token: string;
}

/** A harmless read that needs the permission (GitHub REST docs, "Permissions required for GitHub Apps"). */
const probes: Readonly<Record<string, (sha: string) => string>> = {
  actions: () => "actions/runs?per_page=1",
  checks: (sha) => `commits/${sha}/check-runs?per_page=1`,
  contents: (sha) => `commits/${sha}`,
  deployments: () => "deployments?per_page=1",
  issues: () => "issues?per_page=1",
  "pull-requests": () => "pulls?per_page=1",
  statuses: (sha) => `commits/${sha}/status`,
};

/** The scopes that {@link checkPermission} can tell something about. */
const checkableScopes = Object.keys(probes);

/** Every scope that `permissions:` of a workflow takes (GitHub Docs, workflow syntax). */
export const permissionScopes: readonly string[] = [
  ...checkableScopes,
  "artifact-metadata",
  "attestations",
  "discussions",
  "id-token",
  "models",
  "packages",
  "pages",
  "repository-projects",
  "security-events",
];

/**
 * Looks whether the token may read what a permission covers. No read can prove a write permission, and in a public
 * repository reads succeed without any; both are said as `unknown`, never as granted.
 */
export async function checkPermission(
  scope: string,
  access: PermissionFinding["access"],
  options: ApiOptions,
): Promise<PermissionFinding> {
  const found = (granted: PermissionFinding["granted"], detail: string) => ({
    scope,
    access,
    granted,
    detail,
  });
  const probe = probes[scope];
  if (!probe)
    return found("unknown", `no read can show it; scopes that can be checked: ${checkableScopes.join(", ")}`);
  const address = `${options.apiUrl}/repos/${options.repository}/${probe(options.sha)}`;
  const status = await statusOf(address, options);
  if (typeof status === "string") return found("unknown", `${options.apiUrl} could not be asked: ${status}`);
  if (status === 401) return found("no", "the token is not accepted (HTTP 401)");
  if (status === 403 || status === 404) return found("no", `reading was refused (HTTP ${status})`);
  if (status >= 400) return found("unknown", `the API answered HTTP ${status}`);
  return access === "read"
    ? found("yes", "a read succeeded")
    : found("unknown", "a read succeeded; writing cannot be tried");
}

/** The status of a read, or why there was no answer. */
async function statusOf(address: string, options: ApiOptions): Promise<number | string> {
  try {
    return (await request(address, options, options.signal)).status;
  } catch (error) {
    options.signal.throwIfAborted();
    return error instanceof PassingAnswer && error.status !== 403 ? error.status : reasonOf(error);
  }
}
