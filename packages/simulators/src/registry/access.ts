import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "#ship/kit";
import { RegistryError } from "./registry-error.ts";

/** Who may use a registry. */
export type AccessOptions =
  | { readonly kind: "anonymous" }
  /** HTTP Basic, as ECR. `verify` decides on user and password. */
  | { readonly kind: "basic"; verify(user: string, password: string): boolean }
  /** Tokens from the registry's own `/token`, as Docker Hub and GHCR. Tokens live `tokenSeconds` (default 300). */
  | {
      readonly kind: "bearer";
      verify(user: string, password: string): boolean;
      readonly tokenSeconds?: number;
      /** Whether callers without credentials get tokens to pull. */
      readonly anonymousPull?: boolean;
    };

/** What a request wants to do. */
export interface Demand {
  readonly repository?: string;
  readonly action: "pull" | "push";
}

interface Token {
  readonly scopes: readonly string[];
  readonly expiresAt: number;
}

/** Guards a registry. */
export interface Access {
  /** Throws `UNAUTHORIZED` with the challenge that tells a client how to get in, or `DENIED`. */
  check(request: IncomingMessage, demand: Demand): void;
  /** Answers `GET /token`; `undefined` when this registry hands out no tokens. Throws `UNAUTHORIZED`. */
  issue(request: IncomingMessage, query: URLSearchParams): Readonly<Record<string, unknown>> | undefined;
}

/** Creates the guard; `url` is the registry's own address. */
export function createAccess(options: AccessOptions, clock: Clock, url: () => string): Access {
  const tokens = new Map<string, Token>();

  const checkBasic = (request: IncomingMessage, verify: (user: string, password: string) => boolean) => {
    const credentials = basicCredentials(request);
    if (credentials && verify(...credentials)) return;
    throw unauthorized(`Basic realm="${url()}/",service="ship-simulated-registry"`);
  };

  const checkBearer = (request: IncomingMessage, demand: Demand) => {
    const scope = demand.repository ? scopeOf(demand.repository, demand.action) : undefined;
    const challenge = (problem?: string) =>
      unauthorized(
        `Bearer realm="${url()}/token",service="ship-simulated-registry"${scope ? `,scope="${scope}"` : ""}${problem ? `,error="${problem}"` : ""}`,
      );
    const token = tokens.get(/^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (!token) throw challenge();
    if (clock.now() >= token.expiresAt) throw challenge("invalid_token");
    if (demand.repository && !allows(token, demand.repository, demand.action)) {
      throw challenge("insufficient_scope");
    }
  };

  return {
    check(request, demand) {
      if (options.kind === "basic") checkBasic(request, options.verify);
      if (options.kind === "bearer") checkBearer(request, demand);
    },
    issue(request, query) {
      if (options.kind !== "bearer") return undefined;
      const credentials = basicCredentials(request);
      const known = credentials !== undefined && options.verify(...credentials);
      if (credentials ? !known : !options.anonymousPull) {
        throw unauthorized(`Basic realm="${url()}/token",service="ship-simulated-registry"`);
      }
      const wanted = query.getAll("scope").flatMap((scope) => scope.split(" "));
      const token = randomBytes(24).toString("base64url");
      const seconds = options.tokenSeconds ?? 300;
      tokens.set(token, {
        scopes: known ? wanted : wanted.map(pullOnly),
        expiresAt: clock.now() + seconds * 1000,
      });
      return {
        token,
        access_token: token,
        expires_in: seconds,
        issued_at: new Date(clock.now()).toISOString(),
      };
    },
  };
}

function basicCredentials(request: IncomingMessage): [string, string] | undefined {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

function scopeOf(repository: string, action: Demand["action"]): string {
  return `repository:${repository}:${action === "push" ? "pull,push" : "pull"}`;
}

function allows(token: Token, repository: string, action: string): boolean {
  return token.scopes.some((scope) => {
    const [type, name, actions = ""] = scope.split(":");
    return type === "repository" && name === repository && actions.split(",").includes(action);
  });
}

function pullOnly(scope: string): string {
  return scope.replace(/:[^:]*$/, ":pull");
}

function unauthorized(challenge: string): RegistryError {
  return new RegistryError("UNAUTHORIZED", "authentication required", {
    headers: { "www-authenticate": challenge },
  });
}
