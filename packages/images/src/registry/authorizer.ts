import type { Clock } from "#ship/kit";
import { type Challenge, readChallenge } from "./challenge.ts";
import type { Login } from "./credentials.ts";
import { type Scope, scopeTexts } from "./scope.ts";
import { basic, type RegistryToken, requestToken } from "./token-service.ts";

/** Proves to registries who is calling. */
export interface Authorizer {
  /** The Authorization header for a request; `undefined` while the registry has not asked for one. */
  header(registry: string, scopes: readonly Scope[], signal: AbortSignal): Promise<string | undefined>;
  /**
   * After a 401: another header than the refused one, or `undefined` when there is nothing better to offer.
   * @param challenge the WWW-Authenticate header of the answer
   */
  renew(
    registry: string,
    scopes: readonly Scope[],
    challenge: string | null,
    refused: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/** What an {@link Authorizer} works with. */
export interface AuthorizerOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  login(registry: string): Promise<Login | undefined>;
}

interface Acquaintance {
  readonly login: Promise<Login | undefined>;
  readonly tokens: Map<string, Promise<RegistryToken>>;
  challenge: Challenge | undefined;
}

/** Creates an {@link Authorizer} that keeps tokens by registry and scope and renews them at half of their life. */
export function createAuthorizer({ fetch, clock, login }: AuthorizerOptions): Authorizer {
  const known = new Map<string, Acquaintance>();

  const acquaintance = (registry: string): Acquaintance => {
    const found = known.get(registry) ?? { login: login(registry), tokens: new Map(), challenge: undefined };
    known.set(registry, found);
    return found;
  };

  const token = async (
    { login, tokens }: Acquaintance,
    challenge: Extract<Challenge, { scheme: "bearer" }>,
    { wanted, asked }: { readonly wanted: readonly Scope[]; readonly asked: readonly string[] },
    signal: AbortSignal,
  ): Promise<string> => {
    const key = scopeTexts(wanted, []).join(" ");
    const scopes = scopeTexts(wanted, asked);
    const held = tokens.get(key);
    if (held !== undefined) {
      const { value, renewAt } = await held;
      if (clock.now() < renewAt) return `Bearer ${value}`;
    }
    const coming = login.then((known) =>
      requestToken({ fetch, clock, challenge, scopes, login: known, signal }),
    );
    tokens.set(key, coming);
    try {
      return `Bearer ${(await coming).value}`;
    } catch (error) {
      if (tokens.get(key) === coming) tokens.delete(key);
      throw error;
    }
  };

  const password = async ({ login }: Acquaintance): Promise<string | undefined> => {
    const found = await login;
    return found !== undefined && "password" in found ? basic(found) : undefined;
  };

  return {
    async header(registry, scopes, signal) {
      const known = acquaintance(registry);
      switch (known.challenge?.scheme) {
        case undefined:
          return undefined;
        case "basic":
          return password(known);
        case "bearer":
          return token(known, known.challenge, { wanted: scopes, asked: [] }, signal);
      }
    },
    async renew(registry, scopes, header, refused, signal) {
      const known = acquaintance(registry);
      const challenge = readChallenge(header);
      if (challenge === undefined) return undefined;
      known.challenge = challenge;
      if (challenge.scheme === "basic") {
        const offered = await password(known);
        return offered === refused ? undefined : offered;
      }
      // Only the token that was refused is dropped: another request may have brought a new one meanwhile.
      for (const [key, held] of known.tokens) if (await holds(held, refused)) known.tokens.delete(key);
      return token(known, challenge, { wanted: scopes, asked: challenge.scopes }, signal);
    },
  };
}

function holds(held: Promise<RegistryToken>, refused: string | undefined): Promise<boolean> {
  return held.then(
    ({ value }) => `Bearer ${value}` === refused,
    () => true,
  );
}
