import type { Clock } from "#ship/kit";
import type { GoogleApi, GoogleMethod, Principal } from "../api.ts";
import { errorInfo, GoogleFault } from "../status.ts";
import type { AccessTokens } from "./tokens.ts";

const expectation =
  "Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";

/** UNAUTHENTICATED for a token that has ended. */
export function expired(api: GoogleApi, method: GoogleMethod): GoogleFault {
  return unauthenticated(
    "ACCESS_TOKEN_EXPIRED",
    `Request had invalid authentication credentials. ${expectation}`,
    api,
    method,
  );
}

/** Who a bearer token speaks for. Throws UNAUTHENTICATED without one, with an unknown or an expired one. */
export function authenticate(
  authorization: string | undefined,
  tokens: AccessTokens,
  clock: Clock,
  api: GoogleApi,
  method: GoogleMethod,
): Principal {
  const [, value] = /^Bearer\s+(\S+)$/i.exec(authorization ?? "") ?? [];
  if (value === undefined) {
    throw unauthenticated(
      "CREDENTIALS_MISSING",
      `Request is missing required authentication credential. ${expectation}`,
      api,
      method,
    );
  }
  const token = tokens.find(value);
  if (!token) {
    throw unauthenticated(
      "ACCESS_TOKEN_TYPE_UNSUPPORTED",
      `Request had invalid authentication credentials. ${expectation}`,
      api,
      method,
    );
  }
  if (clock.now() >= token.expiresAt) throw expired(api, method);
  if (!token.scopes.some((scope) => sufficient(scope, api, method))) {
    throw new GoogleFault("PERMISSION_DENIED", "Request had insufficient authentication scopes.", {
      details: [
        errorInfo("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", {
          service: api.host,
          method: method.id ?? method.action,
        }),
      ],
    });
  }
  return token.principal;
}

/** Whether one OAuth scope covers a method; `….readonly` and `….read` cover reads only. */
function sufficient(scope: string, api: GoogleApi, method: GoogleMethod): boolean {
  const [, name] = /^https:\/\/www\.googleapis\.com\/auth\/([\w.-]+)$/.exec(scope) ?? [];
  if (name === "cloud-platform") return true;
  if (name === "cloud-platform.read-only") return method.verb === "GET";
  if (name === api.name) return true;
  return (name === `${api.name}.readonly` || name === `${api.name}.read`) && method.verb === "GET";
}

function unauthenticated(reason: string, message: string, api: GoogleApi, method: GoogleMethod): GoogleFault {
  return new GoogleFault("UNAUTHENTICATED", message, {
    details: [errorInfo(reason, "googleapis.com", { service: api.host, method: method.id ?? method.action })],
    headers: { "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
  });
}
