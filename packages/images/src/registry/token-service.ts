import { type Clock, ShipError } from "#ship/kit";
import { isConfidential } from "./address.ts";
import { RegistryAnswer, readRefusal } from "./answer.ts";
import { readBounded } from "./bounded-body.ts";
import type { Challenge } from "./challenge.ts";
import type { Login } from "./credentials.ts";

/** A bearer token. */
export interface RegistryToken {
  readonly value: string;
  /** Milliseconds since the epoch from which on a new one is asked for: half of its life. */
  readonly renewAt: number;
}

/** What a token service is asked with. */
export interface TokenRequest {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly challenge: Extract<Challenge, { scheme: "bearer" }>;
  readonly scopes: readonly string[];
  readonly login: Login | undefined;
  readonly signal: AbortSignal;
}

const patience = 30_000;
const longestAnswer = 1024 * 1024;
/** Seconds a token lives where the answer does not say (distribution docs, Token Authentication Specification). */
const shortestLife = 60;
const clientId = "ship";

/**
 * Gets a token: by GET with the password, by POST with a refresh token, and by POST with the password where the service
 * does not answer GET (distribution docs, Token Authentication and OAuth2 Token Authentication).
 * @throws RegistryAnswer in the service's words
 */
export async function requestToken(request: TokenRequest): Promise<RegistryToken> {
  const { challenge, login } = request;
  if (!isConfidential(challenge.realm)) {
    throw new ShipError(
      "REQUEST_REJECTED",
      `The registry wants its token asked for at ${challenge.realm.origin}, which is not encrypted.`,
      { hint: "Let the registry name a token service with an https address." },
    );
  }
  if (login !== undefined && "identityToken" in login)
    return post(request, { grant_type: "refresh_token", refresh_token: login.identityToken });
  try {
    return await get(request, login && { username: login.username, password: login.password });
  } catch (error) {
    const postOnly = error instanceof RegistryAnswer && [404, 405].includes(error.status);
    if (!postOnly || login === undefined) throw error;
    return post(request, { grant_type: "password", username: login.username, password: login.password });
  }
}

function get(
  request: TokenRequest,
  user: { readonly username: string; readonly password: string } | undefined,
): Promise<RegistryToken> {
  const { challenge, scopes } = request;
  const address = new URL(challenge.realm);
  if (challenge.service !== undefined) address.searchParams.set("service", challenge.service);
  for (const scope of scopes) address.searchParams.append("scope", scope);
  if (user !== undefined) address.searchParams.set("account", user.username);
  return ask(request, address, user ? { headers: { authorization: basic(user) } } : {});
}

function post(request: TokenRequest, grant: Readonly<Record<string, string>>): Promise<RegistryToken> {
  const { challenge, scopes } = request;
  const form = new URLSearchParams({ ...grant, client_id: clientId, scope: scopes.join(" ") });
  if (challenge.service !== undefined) form.set("service", challenge.service);
  return ask(request, challenge.realm, { method: "POST", body: form });
}

async function ask(request: TokenRequest, address: URL, init: RequestInit): Promise<RegistryToken> {
  const askedAt = request.clock.now();
  const response = await request.fetch(address, {
    ...init,
    // A login goes to the address that the registry named, and nowhere else.
    redirect: "manual",
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(patience)]),
  });
  if (!response.ok) {
    const refusal = await readRefusal(response, request.clock.now());
    throw new RegistryAnswer(
      `the token service at ${address.host} answered ${refusal.message}`,
      refusal.status,
      refusal,
    );
  }
  const { token, life } = readToken(await readBounded(response, longestAnswer));
  return { value: token, renewAt: askedAt + (life * 1_000) / 2 };
}

/** The Authorization header of a user and password (RFC 7617). */
export function basic({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function readToken(bytes: Uint8Array): { readonly token: string; readonly life: number } {
  const body = parse(bytes);
  const member = (name: string): unknown =>
    typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  const token = [member("token"), member("access_token")].find(
    (value) => typeof value === "string" && value !== "",
  );
  if (typeof token !== "string") throw new RegistryAnswer("the token service answered without a token", 502);
  const life = member("expires_in");
  return { token, life: typeof life === "number" && life > 0 ? life : shortestLife };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
