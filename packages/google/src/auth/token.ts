/** A bearer token. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Gets a new token each time it is asked. @throws ShipError with the cause in Google's words */
export type TokenSource = () => Promise<Token>;

/** A token that is renewed before it dies. */
export interface HeldToken {
  /** The token in hand, or a new one once half of its life has passed. */
  get(): Promise<string>;
  /** Forgets a token that a service did not accept. */
  drop(value: string): void;
}

/**
 * Holds a token and renews it at half of its life: a token of direct federation lives five minutes only, and a rollout
 * takes hours.
 */
export function holdToken(source: TokenSource, now: () => number): HeldToken {
  let held: { readonly token: Token; readonly renewAt: number } | undefined;
  let coming: Promise<string> | undefined;

  const renew = async () => {
    const askedAt = now();
    try {
      const token = await source();
      held = { token, renewAt: askedAt + (token.expiresAt - askedAt) / 2 };
      return token.value;
    } finally {
      coming = undefined;
    }
  };
  return {
    async get() {
      if (held !== undefined && now() < held.renewAt) return held.token.value;
      coming ??= renew();
      // Half of its life is left when a renewal fails: the old one serves until it is dead.
      const old = held;
      try {
        return await coming;
      } catch (error) {
        if (old !== undefined && now() < old.token.expiresAt) return old.token.value;
        throw error;
      }
    },
    drop(value) {
      if (held?.token.value === value) held = undefined;
    },
  };
}
