import type { IncomingMessage } from "node:http";
import type { Clock } from "#ship/kit";
import { readBody } from "./http-exchange.ts";
import { RegistryError } from "./registry-error.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** Who may use a registry. */
export type AccessOptions =
  | { readonly kind: "anonymous" }
  /** HTTP Basic, as ECR. `verify` decides on user and password. */
  | { readonly kind: "basic"; verify(user: string, password: string): boolean }
  /** Tokens from the registry's own `/token`, as Docker Hub and GHCR. Tokens live `tokenSeconds` (default 300). */
  | BearerOptions;

/** Access by tokens. */
export interface BearerOptions {
  readonly kind: "bearer";
  verify(user: string, password: string): boolean;
  readonly tokenSeconds?: number;
  /** Requests a token is good for, before the registry has forgotten it; without a limit when absent. */
  readonly requestsPerToken?: number;
  /** Whether callers without credentials get tokens to pull. */
  readonly anonymousPull?: boolean;
  /** Which requests for tokens are answered: GET with Basic, POST as OAuth 2, or both, the default. */
  readonly tokenRequests?: "get" | "post" | "both";
  /** Whether a refresh token (`identitytoken` in Docker's configuration) is good. */
  verifyRefreshToken?(token: string): boolean;
  /** What a caller may do with a repository; everything when absent. Scopes are cut down to it, as the specification says. */
  may?(user: string | undefined, repository: string, action: Demand["action"]): boolean;
}

/** What a request wants to do. */
export interface Demand {
  readonly repository?: string;
  readonly action: "pull" | "push";
}

/** Guards a registry. */
export interface Access {
  /** Throws `UNAUTHORIZED` with the challenge that tells a client how to get in, or `DENIED`. */
  check(request: IncomingMessage, demand: Demand): void;
  /** Takes all tokens back. */
  forgetTokens(): void;
  /** Whether the caller of a request may do something further, such as read the repository a blob is mounted from. */
  allows(request: IncomingMessage, demand: Demand): boolean;
  /** Answers `/token`; `undefined` when this registry hands out no tokens. Throws `UNAUTHORIZED` or `UNSUPPORTED`. */
  issue(
    request: IncomingMessage,
    query: URLSearchParams,
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
}

const formLimit = 64 * 1024;
const service = "ship-simulated-registry";

/** Creates the guard; `url` is the registry's own address. */
export function createAccess(options: AccessOptions, clock: Clock, url: () => string): Access {
  const tokens = createTokens(clock);

  const checkBasic = (request: IncomingMessage, verify: (user: string, password: string) => boolean) => {
    const credentials = basicCredentials(request);
    if (credentials && verify(...credentials)) return;
    throw unauthorized(`Basic realm="${url()}/",service="${service}"`);
  };

  const checkBearer = (request: IncomingMessage, demand: Demand, use: "count" | "look") => {
    const { repository, action } = demand;
    const scope = repository
      ? `repository:${repository}:${action === "push" ? "pull,push" : "pull"}`
      : undefined;
    const problem = tokens.problem(
      bearerToken(request),
      repository ? { repository, action } : undefined,
      use,
    );
    if (problem === undefined) return;
    const parts = [
      `realm="${url()}/token"`,
      `service="${service}"`,
      ...(scope ? [`scope="${scope}"`] : []),
      ...(problem === "absent" ? [] : [`error="${problem}"`]),
    ];
    throw unauthorized(`Bearer ${parts.join(",")}`);
  };

  return {
    check(request, demand) {
      if (options.kind === "basic") checkBasic(request, options.verify);
      if (options.kind === "bearer") checkBearer(request, demand, "count");
    },
    forgetTokens: tokens.forget,
    allows(request, demand) {
      if (options.kind !== "bearer") return true;
      try {
        checkBearer(request, demand, "look");
        return true;
      } catch {
        return false;
      }
    },
    async issue(request, query) {
      if (options.kind !== "bearer") return undefined;
      const asked = request.method === "POST" ? "post" : "get";
      if ((options.tokenRequests ?? "both") !== "both" && options.tokenRequests !== asked)
        throw new RegistryError("UNSUPPORTED", `the token service does not answer ${request.method}`);
      const form =
        asked === "post" ? new URLSearchParams((await readBody(request, formLimit)).toString()) : query;
      const caller = asked === "post" ? grantedBy(form, options) : identified(request, options);
      if (caller === "unknown") throw unauthorized(`Basic realm="${url()}/token",service="${service}"`);
      return issueToken(options, tokens, caller, form);
    },
  };
}

/** Who asks for a token: a user, nobody who gave a name, or somebody whose credentials are wrong. */
type Caller = { readonly user: string | undefined } | "unknown";

function identified(request: IncomingMessage, { verify, anonymousPull }: BearerOptions): Caller {
  const credentials = basicCredentials(request);
  if (credentials) return verify(...credentials) ? { user: credentials[0] } : "unknown";
  return anonymousPull ? { user: undefined } : "unknown";
}

/** OAuth 2 (distribution docs, "OAuth2 Token Authentication"): service and client_id are required. */
function grantedBy(form: URLSearchParams, { verify, verifyRefreshToken }: BearerOptions): Caller {
  const required = (name: string) => {
    const value = form.get(name);
    if (value) return value;
    throw new RegistryError("UNSUPPORTED", `the form lacks ${name}`);
  };
  required("service");
  required("client_id");
  switch (required("grant_type")) {
    case "refresh_token":
      return verifyRefreshToken?.(required("refresh_token")) ? { user: "<token>" } : "unknown";
    case "password": {
      const user = required("username");
      return verify(user, required("password")) ? { user } : "unknown";
    }
    default:
      throw new RegistryError("UNSUPPORTED", `grant_type ${form.get("grant_type")} is not supported`);
  }
}

function issueToken(
  options: BearerOptions,
  tokens: Tokens,
  { user }: Exclude<Caller, "unknown">,
  form: URLSearchParams,
): Readonly<Record<string, unknown>> {
  const wanted = form.getAll("scope").flatMap((scope) => scope.split(" "));
  const may = (repository: string, action: string) =>
    (user !== undefined || action === "pull") &&
    (options.may?.(user, repository, action === "pull" ? "pull" : "push") ?? true);
  const seconds = options.tokenSeconds ?? 300;
  const token = tokens.issue(wanted, may, seconds, options.requestsPerToken);
  return {
    token: token.value,
    access_token: token.value,
    expires_in: seconds,
    issued_at: token.issuedAt,
  };
}

function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function basicCredentials(request: IncomingMessage): [string, string] | undefined {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

function unauthorized(challenge: string): RegistryError {
  return new RegistryError("UNAUTHORIZED", "authentication required", {
    headers: { "www-authenticate": challenge },
  });
}
