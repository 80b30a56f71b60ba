import type { Environment } from "#ship/kit";

/**
 * What a scanner has no business with: the runner's tokens, and the files by which a step changes those after it. A scanner
 * that somebody took over must not reach further than its report (aquasecurity/trivy-action, CVE-2026-33634).
 */
const withheld = [
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_URL",
  "GITHUB_ENV",
  "GITHUB_PATH",
  "GITHUB_OUTPUT",
  "GITHUB_STATE",
  "GITHUB_STEP_SUMMARY",
  "GITHUB_ARTIFACTS",
];

/** Settings of Grype that would let its report show less than all. */
const narrowing = [
  "GRYPE_ONLY_FIXED",
  "GRYPE_ONLY_NOTFIXED",
  "GRYPE_FAIL_ON_SEVERITY",
  "GRYPE_OUTPUT",
  "GRYPE_FILE",
];

/** The environment a scanner is started with: the job's, without {@link withheld} and {@link narrowing}. */
export function scannerEnvironment(
  environment: Environment,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = { ...environment.childVariables(), ...extra };
  for (const name of [...withheld, ...narrowing]) delete kept[name];
  return kept;
}
