import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "#ship/kit";
import type { OidcIssuer } from "../oidc/oidc-issuer.ts";
import { ServiceFault } from "../service.ts";

/** An identity token that passed every check but the role's trust policy. */
export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/**
 * Verifies an identity token as STS does: issuer registered, signature, times. Throws the declared errors:
 * `InvalidIdentityToken` and `ExpiredTokenException`.
 */
export async function verifyWebIdentity(
  token: string,
  issuers: readonly Pick<OidcIssuer, "issuer" | "jwks">[],
  clock: Clock,
): Promise<WebIdentity> {
  const claimed = readClaims(token);
  const issuer = issuers.find((candidate) => candidate.issuer === claimed.iss);
  if (!issuer) throw invalid(`No OpenIDConnect provider found in your account for ${claimed.iss}`);
  const payload = await verify(token, issuer, clock);
  const audience = Array.isArray(payload.aud) ? payload.aud[0] : payload.aud;
  if (!payload.sub || !audience || payload.exp === undefined) {
    throw invalid("Missing a required claim: sub, aud or exp");
  }
  return { issuer: issuer.issuer, subject: payload.sub, audience };
}

function readClaims(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw invalid(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
}

async function verify(token: string, issuer: Pick<OidcIssuer, "jwks">, clock: Clock): Promise<JWTPayload> {
  try {
    const options = { currentDate: new Date(clock.now()), algorithms: ["RS256"] };
    return (await jwtVerify(token, createLocalJWKSet(issuer.jwks), options)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      const now = Math.floor(clock.now() / 1000);
      throw new ServiceFault(
        "ExpiredTokenException",
        `Token expired: current date/time ${now} must be before the expiration date/time ${error.payload.exp}`,
      );
    }
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw invalid(`Token is not valid: the claim ${error.claim} does not hold`);
    }
    throw invalid(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
}

function invalid(message: string): ServiceFault {
  return new ServiceFault("InvalidIdentityToken", message);
}
