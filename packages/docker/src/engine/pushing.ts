import { isShipError, type RetryVerdict, retry } from "#ship/kit";
import type { Session } from "./program.ts";

/** What programs print when trying again may help: 429; 5xx and broken connections (moby, containerd, containers/image). */
const throttled = /toomanyrequests|too many requests|\b429\b/i;
const passing =
  /unexpected (?:HTTP )?status(?: code)?:? ?(?:from \S+ request to \S+ )?(?:\[[^\]]*\] )?5\d\d|: 50[0234]\b|\b50[0234] (?:Internal|Bad|Service|Gateway)|status code 5\d\d|connection re(?:set|fused)|broken pipe|unexpected EOF|: EOF\b|i\/o timeout|timed? ?out|TLS handshake|temporar|no such host|server misbehaving/i;
/** What no repetition changes, even where the text also speaks of a status. */
const final =
  /denied|unauthorized|no basic auth credentials|authentication required|forbidden|immutable|already exists|name unknown|not found|\b40[0134]\b/i;

const policy = { baseMilliseconds: 1_000, capMilliseconds: 15_000, budgetMilliseconds: 180_000 };

/** Pushes with up to `attempts` tries: outages, throttling and broken connections are tried again, refusals are not. */
export function pushWithRetries<T>(
  push: () => Promise<T>,
  attempts: number,
  { options: { clock, log }, signal }: Pick<Session, "options" | "signal">,
): Promise<T> {
  return retry(push, {
    clock,
    signal,
    policy: { ...policy, attempts },
    judge: judgePush,
    onRetry: (error) => log.info(`${error}; trying again`),
  });
}

/** Whether a failed push is worth another attempt, by the registry's words in its message. */
export function judgePush(error: unknown): RetryVerdict {
  if (!isShipError(error) || error.code !== "PUSH_FAILED") return "give-up";
  const { message } = error;
  if (throttled.test(message)) return "retry";
  return passing.test(message) && !final.test(message) ? "retry" : "give-up";
}
