import { randomBytes } from "node:crypto";
import type { Clock } from "#ship/kit";
import type { Principal } from "../api.ts";

/** An access token as it was handed out. */
export interface AccessToken {
  readonly value: string;
  readonly principal: Principal;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Every access token that was handed out. */
export interface AccessTokens {
  readonly all: readonly AccessToken[];
  issue(principal: Principal, seconds: number, scopes?: readonly string[]): AccessToken;
  find(value: string): AccessToken | undefined;
  /** Makes every token handed out so far an expired one. */
  expireAll(): void;
}

/** The scope that lets do everything IAM allows. */
export const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform";

export function createAccessTokens(clock: Clock): AccessTokens {
  const tokens = new Map<string, AccessToken>();
  return {
    get all() {
      return [...tokens.values()];
    },
    issue(principal, seconds, scopes = [cloudPlatform]) {
      const token: AccessToken = {
        value: `ya29.${randomBytes(48).toString("base64url")}`,
        principal,
        scopes,
        expiresAt: clock.now() + seconds * 1000,
      };
      tokens.set(token.value, token);
      return token;
    },
    find: (value) => tokens.get(value),
    expireAll() {
      for (const token of tokens.values()) tokens.set(token.value, { ...token, expiresAt: clock.now() });
    },
  };
}
