/** What an OIDC token says about the job, as far as trust policies look at it. */
export interface IdTokenClaims {
  readonly subject: string;
  readonly audience: string;
  readonly environment: string | undefined;
  readonly jobWorkflowRef: string | undefined;
}

/**
 * Reads the claims of a token without checking its signature: it came from the runner, and only the cloud that trusts the
 * issuer has to verify it. `undefined` when the text is no JSON web token.
 */
export function readClaims(token: string): IdTokenClaims | undefined {
  const [, payload] = token.split(".");
  if (payload === undefined) return undefined;
  const claims = parse(Buffer.from(payload, "base64url").toString());
  if (claims === undefined) return undefined;
  const text = (name: string) => (typeof claims[name] === "string" ? claims[name] : undefined);
  return {
    subject: text("sub") ?? "",
    audience: text("aud") ?? "",
    environment: text("environment"),
    jobWorkflowRef: text("job_workflow_ref"),
  };
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
