import type { Run } from "#ship/kit";
import type { GoogleSession, GoogleSessionOptions } from "./session.ts";

/**
 * Opens a session; what it takes to read Google's answers is loaded only now, and no call is made before the first use.
 * @throws ShipError `OIDC_UNAVAILABLE` when a provider is given and the job has no token endpoint
 */
export async function openGoogleSession(options: GoogleSessionOptions, run: Run): Promise<GoogleSession> {
  const { createGoogleSession } = await import("./session.ts");
  return createGoogleSession(options, run);
}
