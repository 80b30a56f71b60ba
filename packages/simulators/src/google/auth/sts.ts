import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "#ship/kit";
import type { OidcIssuer } from "../../oidc/oidc-issuer.ts";
import type { JsonObject } from "../../service.ts";
import type { GoogleApi, GoogleCall } from "../api.ts";
import type { Project } from "../names.ts";
import type { ProviderOptions } from "./service-accounts.ts";
import { StsFault } from "./sts-fault.ts";
import type { AccessTokens } from "./tokens.ts";

const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";
const subjectTokenTypes = [
  "urn:ietf:params:oauth:token-type:jwt",
  "urn:ietf:params:oauth:token-type:id_token",
];

export interface StsOptions {
  readonly clock: Clock;
  readonly project: Project;
  readonly issuer: Pick<OidcIssuer, "issuer" | "jwks">;
  readonly provider: ProviderOptions;
  readonly tokens: AccessTokens;
}

/** Resource name of the workload identity pool. */
export function poolName({ project, provider }: Pick<StsOptions, "project" | "provider">): string {
  return `projects/${project.number}/locations/global/workloadIdentityPools/${provider.pool ?? "github"}`;
}

/** Resource name of the provider that trusts the issuer. */
export function providerName(options: Pick<StsOptions, "project" | "provider">): string {
  return `${poolName(options)}/providers/${options.provider.provider ?? "actions"}`;
}

/** The Security Token Service: exchanges an identity token for an access token of a federated identity. */
export function createGoogleSts(options: StsOptions): GoogleApi {
  return {
    name: "sts",
    host: "sts.googleapis.com",
    document: "sts-v1",
    methods: [
      {
        action: "token",
        id: "sts.token",
        verb: "POST",
        path: "v1/token",
        handle: (call) => exchangeToken(options, call),
      },
    ],
  };
}

async function exchangeToken(options: StsOptions, { body }: GoogleCall): Promise<JsonObject> {
  if (body["grantType"] !== exchange) {
    throw new StsFault("unsupported_grant_type", `Invalid grant_type: ${String(body["grantType"] ?? "")}`);
  }
  if (body["requestedTokenType"] !== accessTokenType) {
    throw new StsFault("invalid_request", 'Invalid value for "requested_token_type".');
  }
  if (!subjectTokenTypes.includes(String(body["subjectTokenType"]))) {
    throw new StsFault("invalid_request", 'Invalid value for "subject_token_type".');
  }
  const scope = String(body["scope"] ?? "").trim();
  if (scope === "") throw new StsFault("invalid_scope", "Scope is required.");
  const audience = `//iam.googleapis.com/${providerName(options)}`;
  if (body["audience"] !== audience) {
    throw new StsFault(
      "invalid_target",
      'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
    );
  }
  const claims = await verify(options, String(body["subjectToken"] ?? ""), audience);
  if (!(options.provider.attributeCondition ?? (() => true))(claims)) {
    throw new StsFault("unauthorized_client", "The given credential is rejected by the attribute condition.");
  }
  // A federated token never outlives the identity token it was made from.
  const left = Math.floor((claims.exp ?? 0) - options.clock.now() / 1000);
  const seconds = Math.min(3600, left);
  const token = options.tokens.issue(
    { member: `principal://iam.googleapis.com/${poolName(options)}/subject/${claims.sub}`, claims },
    seconds,
    scope.split(" "),
  );
  return {
    access_token: token.value,
    issued_token_type: accessTokenType,
    token_type: "Bearer",
    expires_in: seconds,
  };
}

async function verify({ issuer, clock }: StsOptions, token: string, audience: string): Promise<JWTPayload> {
  const claimed = readClaims(token);
  if (claimed.iss !== issuer.issuer) {
    throw new StsFault(
      "invalid_grant",
      `The issuer in ID Token ${claimed.iss} does not match the expected ones: ${issuer.issuer}.`,
    );
  }
  const expected = `https:${audience}`;
  const audiences = [claimed.aud ?? []].flat();
  if (!audiences.includes(expected) && !audiences.includes(audience)) {
    throw new StsFault(
      "invalid_grant",
      `The audience in ID Token [${audiences.join(", ")}] does not match the expected audience ${expected}.`,
    );
  }
  try {
    const settings = { currentDate: new Date(clock.now()), algorithms: ["RS256"] };
    return (await jwtVerify(token, createLocalJWKSet(issuer.jwks), settings)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new StsFault("invalid_grant", `ID Token issued at ${claimed.iat} is stale to sign-in.`);
    }
    throw new StsFault(
      "invalid_grant",
      "Error connecting to the given credential's issuer, or its signature is wrong.",
    );
  }
}

function readClaims(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw new StsFault("invalid_request", "Unable to parse the ID Token.");
  }
}
