import { randomBytes } from "node:crypto";
import type { Clock } from "#ship/kit";
import type { Caller, Identities } from "../front/identities.ts";
import { CommonFault } from "../wire/common-fault.ts";

/** Temporary credentials as STS hands them out. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly caller: Caller;
}

/** Every session STS has opened, and the rule for keys it has not. */
export interface Sessions extends Identities {
  readonly all: readonly Session[];
  open(caller: Caller, seconds: number): Session;
  find(accessKeyId: string): Session | undefined;
}

/** Creates {@link Sessions}. `unknownKeys` says whether long-lived keys nobody registered are taken for a user's. */
export function createSessions(options: {
  readonly clock: Clock;
  readonly accountId: string;
  readonly unknownKeys: "accept" | "reject";
}): Sessions {
  const sessions = new Map<string, Session>();
  return {
    get all() {
      return [...sessions.values()];
    },
    open(caller, seconds) {
      const session: Session = {
        accessKeyId: `ASIA${identifier(16)}`,
        secretAccessKey: randomBytes(30).toString("base64"),
        sessionToken: randomBytes(120).toString("base64"),
        expiresAt: options.clock.now() + seconds * 1000,
        caller,
      };
      sessions.set(session.accessKeyId, session);
      return session;
    },
    find: (accessKeyId) => sessions.get(accessKeyId),
    identify(accessKeyId, sessionToken) {
      const session = sessions.get(accessKeyId);
      if (session) {
        if (session.sessionToken !== sessionToken) throw unrecognized();
        if (options.clock.now() >= session.expiresAt) {
          throw new CommonFault("expired-token", "The security token included in the request is expired");
        }
        return session.caller;
      }
      if (accessKeyId.startsWith("ASIA") || options.unknownKeys === "reject") throw unrecognized();
      return {
        arn: `arn:aws:iam::${options.accountId}:user/simulated`,
        userId: "AIDASIMULATEDUSER0001",
        accountId: options.accountId,
      };
    },
  };
}

/** Random upper-case letters and digits, as AWS makes its identifiers. */
export function identifier(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join("");
}

function unrecognized(): CommonFault {
  return new CommonFault("unrecognized-client", "The security token included in the request is invalid.");
}
