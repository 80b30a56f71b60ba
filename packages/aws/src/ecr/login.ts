import type { LoginSource, PasswordLogin } from "#ship/images";
import type { Run } from "#ship/kit";
import { type AwsSession, openSession } from "../session.ts";
import { ecrRegistry, publicEcrHost, publicEcrRegion } from "./host.ts";

/** How Amazon ECR is asked for logins. */
export interface EcrLoginOptions {
  /** `auto`: the hosts that are ECR's; `all`: every host, for registries of ECR behind another name. */
  readonly hosts: "auto" | "all";
  /** For hosts that do not tell it. */
  readonly region: string | undefined;
  /** A role to assume over OIDC; otherwise what the job already has. */
  readonly roleToAssume: string | undefined;
}

/** Asks ECR for a login of a private registry; it lasts twelve hours. @throws ShipError in ECR's words */
export async function ecrLogin(registry: string, session: AwsSession): Promise<PasswordLogin> {
  const { authorizationToken } = await import("./client.ts");
  return loginOf(registry, await authorizationToken(session, ecrRegistry(registry)?.accountId));
}

/** Asks ECR Public for a login; it lasts twelve hours. @throws ShipError in ECR's words */
export async function ecrPublicLogin(session: AwsSession): Promise<PasswordLogin> {
  const { publicAuthorizationToken } = await import("./public-client.ts");
  return loginOf(publicEcrHost, await publicAuthorizationToken(session));
}

/**
 * Logins of Amazon ECR, private and public. A registry of another account is opened by what its owner allows to the job's
 * credentials or to the role. No call is made before a login is asked for.
 */
export function ecrLogins({ hosts, region, roleToAssume }: EcrLoginOptions, run: Run): LoginSource {
  return {
    name: "Amazon ECR",
    rank: "before-job",
    serves: (host) => hosts === "all" || host === publicEcrHost || ecrRegistry(host) !== undefined,
    async login(host) {
      if (host === publicEcrHost)
        return ecrPublicLogin(openSession({ region: publicEcrRegion, roleToAssume }, run));
      // Tokens are valid in the region they were asked for in, so the host's own comes first.
      return ecrLogin(host, openSession({ region: ecrRegistry(host)?.region ?? region, roleToAssume }, run));
    },
  };
}

function loginOf(registry: string, token: string): PasswordLogin {
  const text = Buffer.from(token, "base64").toString();
  const colon = text.indexOf(":");
  return { registry, username: text.slice(0, colon), password: text.slice(colon + 1) };
}
