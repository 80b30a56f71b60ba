import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose";
import type { Clock } from "#ship/kit";
import { startLoopbackServer } from "../front/loopback-server.ts";
import { defaultJob, type JobIdentity, jobClaims } from "./claims.ts";

/** How long GitHub's identity tokens live. */
const lifetimeSeconds = 5 * 60;
const keyId = "ship-simulated-key-1";

/** A running stand-in of GitHub's identity token issuer. */
export interface OidcIssuer {
  /** Value of the claim `iss`, and where the discovery document lies. */
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** What a job with `id-token: write` finds in its environment. */
  environment(): {
    readonly ACTIONS_ID_TOKEN_REQUEST_URL: string;
    readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string;
  };
  /** Changes the job that later tokens speak for. */
  actAs(job: Partial<JobIdentity>): void;
  /** A token as the issuer would answer it; `overrides` replaces or, when undefined, removes claims. */
  token(audience: string, overrides?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts an issuer of RS256 tokens on loopback: `/token` (bearer checked, `audience` honoured),
 * `/.well-known/openid-configuration` and `/.well-known/jwks`. Tokens live five minutes on the given clock.
 */
export async function startOidcIssuer(options: {
  readonly clock: Clock;
  readonly job?: Partial<JobIdentity>;
  readonly port?: number;
}): Promise<OidcIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwks: JSONWebKeySet = {
    keys: [{ ...(await exportJWK(publicKey)), kid: keyId, alg: "RS256", use: "sig" }],
  };
  const requestToken = randomBytes(24).toString("base64url");
  let job: JobIdentity = { ...defaultJob, ...options.job };

  const token: OidcIssuer["token"] = (audience, overrides = {}) => {
    const now = Math.floor(options.clock.now() / 1000);
    const claims = { jti: randomUUID(), iat: now, nbf: now, exp: now + lifetimeSeconds, ...jobClaims(job) };
    return new SignJWT({ ...claims, iss: server.url, aud: audience, ...overrides })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: keyId })
      .sign(privateKey);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", server.url);
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json(response, 200, discovery(server.url));
      case "/.well-known/jwks":
        return json(response, 200, jwks);
      case "/token": {
        if (!isBearer(request.headers.authorization, requestToken)) {
          return json(response, 401, { message: "The request token is missing or wrong." });
        }
        const audience = url.searchParams.get("audience") || `https://github.com/${owner(job)}`;
        return json(response, 200, { count: 1, value: await token(audience) });
      }
      default:
        return json(response, 404, { message: `${url.pathname} is not known.` });
    }
  };

  const server = await startLoopbackServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }, options.port);

  return {
    issuer: server.url,
    jwks,
    environment: () => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    }),
    actAs(change) {
      job = { ...job, ...change };
    },
    token,
    close: server.close,
  };
}

function owner(job: JobIdentity): string {
  return job.repository.split("/")[0] ?? job.repository;
}

function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ["public", "pairwise"],
    response_types_supported: ["id_token"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid"],
    claims_supported: [
      "sub",
      "aud",
      "exp",
      "iat",
      "iss",
      "jti",
      "nbf",
      ...Object.keys(jobClaims(defaultJob)),
    ],
  };
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function isBearer(authorization: string | undefined, token: string): boolean {
  const [scheme = "", value] = (authorization ?? "").split(" ");
  return scheme.toLowerCase() === "bearer" && value === token;
}
