import type { CredentialLife } from "#ship/delivery";
import type { Environment } from "#ship/kit";

/**
 * How long the keys of a session last. A role over OIDC is assumed anew at half of its life, and so are those of instances
 * and containers by the SDK; keys in the environment cannot be renewed, and AWS_CREDENTIAL_EXPIRATION says when temporary
 * ones end (AWS SDKs: environment variables).
 */
export function lifeOfKeys(
  role: string | undefined,
  { variable }: Pick<Environment, "variable">,
): CredentialLife {
  const isStatic = role === undefined && variable("AWS_ACCESS_KEY_ID") !== undefined;
  if (!isStatic || variable("AWS_SESSION_TOKEN") === undefined) return { kind: "renewed" };
  const at = Date.parse(variable("AWS_CREDENTIAL_EXPIRATION") ?? "");
  return Number.isNaN(at) ? { kind: "unknown" } : { kind: "until", at };
}
