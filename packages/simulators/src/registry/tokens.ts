import { randomBytes } from "node:crypto";
import type { Clock } from "#ship/kit";

/** The tokens a registry has handed out. */
export interface Tokens {
  /**
   * Hands out a token for what is wanted as far as it is allowed; more is left out without a word, as token services do.
   * @param wanted scopes as `repository:<name>:<actions>`
   * @param uses requests it is good for; without a limit when `undefined`
   */
  issue(
    wanted: readonly string[],
    may: (repository: string, action: string) => boolean,
    seconds: number,
    uses: number | undefined,
  ): { readonly value: string; readonly issuedAt: string };
  /** Why a token does not open something; `undefined` when it does. `count` uses it up by one. */
  problem(
    value: string | undefined,
    wanted: { readonly repository: string; readonly action: string } | undefined,
    use: "count" | "look",
  ): "absent" | "invalid_token" | "insufficient_scope" | undefined;
  /** From now on no token that was handed out is known. */
  forget(): void;
}

interface Token {
  readonly actions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly expiresAt: number;
  usesLeft: number;
}

/** Creates {@link Tokens} that end on the clock. */
export function createTokens(clock: Clock): Tokens {
  const tokens = new Map<string, Token>();
  return {
    forget: () => tokens.clear(),
    issue(wanted, may, seconds, uses) {
      const actions = new Map<string, Set<string>>();
      for (const scope of wanted) {
        const [, name, list] = /^repository:(.+):([^:]*)$/.exec(scope) ?? [];
        if (name === undefined || list === undefined) continue;
        const granted = actions.get(name) ?? new Set();
        for (const action of list.split(",")) if (may(name, action)) granted.add(action);
        actions.set(name, granted);
      }
      const value = randomBytes(24).toString("base64url");
      tokens.set(value, {
        actions,
        expiresAt: clock.now() + seconds * 1_000,
        usesLeft: uses ?? Number.POSITIVE_INFINITY,
      });
      return { value, issuedAt: new Date(clock.now()).toISOString() };
    },
    problem(value, wanted, use) {
      const token = tokens.get(value ?? "");
      if (!token) return "absent";
      if (clock.now() >= token.expiresAt || (use === "count" && token.usesLeft <= 0)) return "invalid_token";
      if (use === "count") token.usesLeft -= 1;
      const open = !wanted || token.actions.get(wanted.repository)?.has(wanted.action);
      return open ? undefined : "insufficient_scope";
    },
  };
}
