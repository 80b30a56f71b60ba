import { randomBytes } from "node:crypto";
import type { Clock } from "#ship/kit";

/** How long a registry password of ECR lives. */
const lifetimeMilliseconds = 12 * 60 * 60 * 1000;

/** The passwords GetAuthorizationToken has handed out. */
export interface RegistryPasswords {
  issue(): { readonly password: string; readonly expiresAt: number };
  /** What the registry asks: user `AWS` and a password that has not expired. */
  verify(user: string, password: string): boolean;
}

/** Creates {@link RegistryPasswords} whose passwords live twelve hours on the clock. */
export function createRegistryPasswords(clock: Clock): RegistryPasswords {
  const expiry = new Map<string, number>();
  return {
    issue() {
      const password = randomBytes(60).toString("base64url");
      const expiresAt = clock.now() + lifetimeMilliseconds;
      expiry.set(password, expiresAt);
      return { password, expiresAt };
    },
    verify: (user, password) => user === "AWS" && clock.now() < (expiry.get(password) ?? 0),
  };
}
