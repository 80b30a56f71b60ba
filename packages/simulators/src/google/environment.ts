import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OidcIssuer } from "../oidc/index.ts";

/** Application default credentials in a file, as google-github-actions/auth writes them. */
export interface CredentialFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Writes credentials of type external_account: an identity token of the job, exchanged at the simulated STS, then for a
 * token of the service account. Readable by the owner alone.
 */
export async function writeCredentialFile(options: {
  readonly url: string;
  readonly oidc: OidcIssuer;
  /** Resource name of the workload identity provider. */
  readonly provider: string;
  /** Absent for direct access of the federated identity. */
  readonly serviceAccount?: string;
}): Promise<CredentialFile> {
  const { url, oidc, provider, serviceAccount } = options;
  const issuer = oidc.environment();
  const audience = `https://iam.googleapis.com/${provider}`;
  const credentials = {
    type: "external_account",
    audience: `//iam.googleapis.com/${provider}`,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${url}/v1/token`,
    credential_source: {
      url: `${issuer.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=${encodeURIComponent(audience)}`,
      headers: { Authorization: `Bearer ${issuer.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
      format: { type: "json", subject_token_field_name: "value" },
    },
    ...(serviceAccount === undefined
      ? {}
      : {
          service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
        }),
  };
  const folder = await mkdtemp(join(tmpdir(), "ship-google-"));
  const path = join(folder, "gha-creds-simulated.json");
  await writeFile(path, `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600 });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Variables that point Google clients at a simulation, the way gcloud's own overrides do. */
export function endpointVariables(url: string): Readonly<Record<string, string>> {
  const apis = ["RUN", "MONITORING", "CLOUDSCHEDULER", "IAMCREDENTIALS", "STS", "LOGGING"];
  return Object.fromEntries(apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${url}/`]));
}
