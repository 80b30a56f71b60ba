import { type Run, retry, ShipError } from "#ship/kit";
import { judge, translate } from "./errors.ts";

/** Short-lived keys as the SDK takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When the SDK should ask again (it does so five minutes before). */
  readonly expiration: Date;
}

/** Asked by the SDK before a call whenever the keys it holds are about to expire. */
export type CredentialProvider = () => Promise<Credentials>;

const audience = "sts.amazonaws.com";
const sessionSeconds = 3_600;
/** The SDK renews this long before `expiration` (aws-sdk-js-v3: memoizeIdentityProvider). */
const sdkMarginMilliseconds = 300_000;

/**
 * Credentials of a role assumed with the job's own OIDC token (AssumeRoleWithWebIdentity). A token lives five minutes and
 * is asked for anew each time; the keys are renewed at half of their life, so that a long wait never dies with them.
 * @throws ShipError `OIDC_UNAVAILABLE` when the job has no token endpoint
 */
export function roleCredentials(role: string, region: string, run: Run): CredentialProvider {
  if (!run.environment.oidcAvailable) {
    throw new ShipError(
      "OIDC_UNAVAILABLE",
      `The role ${role} is to be assumed, but this job may not ask for an OIDC token.`,
    );
  }
  let held: { readonly credentials: Promise<Credentials>; readonly renewAt: () => number } | undefined;
  return () => {
    // Each SDK client asks for itself; all of one session share the keys until half of their life has passed.
    if (held === undefined || run.clock.now() >= held.renewAt()) held = assume(role, region, run);
    return held.credentials;
  };
}

function assume(role: string, region: string, run: Run) {
  let renewAt = Number.POSITIVE_INFINITY;
  const credentials = exchange(role, region, run).then(
    (keys) => {
      renewAt = keys.renewAt;
      return { ...keys.credentials, expiration: new Date(keys.renewAt + sdkMarginMilliseconds) };
    },
    (error: unknown) => {
      renewAt = Number.NEGATIVE_INFINITY;
      throw error;
    },
  );
  return { credentials, renewAt: () => renewAt };
}

async function exchange(role: string, region: string, run: Run) {
  const { assumeRoleWithWebIdentity } = await import("./sts.ts");
  const askedAt = run.clock.now();
  const keys = await retry(
    async () =>
      assumeRoleWithWebIdentity({
        role,
        region,
        sessionSeconds,
        sessionName: sessionName(run),
        token: await run.idToken(audience),
      }),
    // Not tied to the run's signal: after a cancellation the call that makes production safe may need new keys.
    { clock: run.clock, judge },
  ).catch((error) => {
    throw error instanceof ShipError ? error : translate(error, "sts:AssumeRoleWithWebIdentity");
  });
  run.redaction.add(keys.secretAccessKey);
  run.redaction.add(keys.sessionToken);
  const life = keys.expiration.getTime() - askedAt;
  return { credentials: keys, renewAt: askedAt + life / 2 };
}

/** Shows in CloudTrail which run acted; STS allows 2 to 64 characters of `[\w+=,.@-]`. */
function sessionName(run: Run): string {
  const { runId, repository } = run.environment.github;
  const name = `ship-${runId}-${repository}`.replaceAll(/[^\w+=,.@-]/g, "-");
  return name.slice(0, 64);
}
