import { readFile } from "node:fs/promises";
import { type AuthClient, GoogleAuth, IdentityPoolClient, JWT, UserRefreshClient } from "google-auth-library";
import * as z from "zod/mini";

/** The kinds of credential files that jobs have; every other kind is left to the library. */
const credentialFile = z.union([
  z.object({
    type: z.literal("external_account"),
    audience: z.string(),
    subject_token_type: z.string(),
    token_url: z.string(),
    service_account_impersonation_url: z.exactOptional(z.string()),
    credential_source: z.object({
      url: z.exactOptional(z.string()),
      file: z.exactOptional(z.string()),
      headers: z.exactOptional(z.record(z.string(), z.string())),
      format: z.exactOptional(
        z.object({
          type: z.enum(["json", "text"]),
          subject_token_field_name: z.exactOptional(z.string()),
        }),
      ),
    }),
  }),
  z.object({
    type: z.literal("service_account"),
    client_email: z.string(),
    private_key: z.string(),
    private_key_id: z.exactOptional(z.string()),
  }),
  z.object({
    type: z.literal("authorized_user"),
    client_id: z.string(),
    client_secret: z.string(),
    refresh_token: z.string(),
  }),
]);
type CredentialFile = z.infer<typeof credentialFile>;

/** Opens the credentials in a file; without one those of gcloud or of the machine, as the library finds them. */
export async function openCredentials(path: string | undefined, scopes: string): Promise<AuthClient> {
  if (path === undefined) return new GoogleAuth({ scopes }).getClient();
  const document: unknown = JSON.parse(await readFile(path, "utf8"));
  const read = credentialFile.safeParse(document);
  return read.success
    ? clientOf(read.data, scopes)
    : new GoogleAuth({ scopes, keyFilename: path }).getClient();
}

function clientOf(file: CredentialFile, scopes: string): AuthClient {
  switch (file.type) {
    case "external_account": {
      const client = new IdentityPoolClient(file);
      client.scopes = scopes;
      return client;
    }
    case "service_account":
      return new JWT({
        email: file.client_email,
        key: file.private_key,
        scopes,
        ...(file.private_key_id === undefined ? {} : { keyId: file.private_key_id }),
      });
    case "authorized_user":
      return new UserRefreshClient({
        clientId: file.client_id,
        clientSecret: file.client_secret,
        refreshToken: file.refresh_token,
      });
  }
}
