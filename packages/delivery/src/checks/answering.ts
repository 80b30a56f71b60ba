import { type Clock, messageOf, ShipError } from "#ship/kit";
import type { CheckAnswer, CheckMoment, StepCheck } from "../canary/checks.ts";

/** An address that must answer with success. */
export interface AddressCheck {
  /** Absolute, or a path below the address at which the canary alone answers. */
  readonly url: string;
  /** Sent with each request, for example to be routed to the canary. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/** One lost packet must not end a rollout: so many tries, this many milliseconds apart, each at most so long. */
const [tries, pause, patience] = [3, 2_000, 10_000];
/** Characters of an answer that are shown. */
const shownOfBody = 200;

/** Passes when an address answers with a status from 200 to 299; asked once before any traffic is moved and once a step. */
export function addressCheck(check: AddressCheck): StepCheck {
  return {
    name: "health-check-url",
    concerns: () => true,
    async run(moment, signal) {
      const address = addressOf(check.url, moment);
      let why = "";
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        const answer = await ask(check, address, signal);
        if (answer.passed) return answer;
        why = answer.why;
        if (attempt < tries) await check.clock.sleep(pause, signal);
      }
      return { passed: false, why: `${address} ${why} (${tries} tries)` };
    },
  };
}

async function ask(
  { fetch: send, headers }: AddressCheck,
  address: string,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const answer = await send(address, { headers, signal: limited });
    const body = (await answer.text()).trim().slice(0, shownOfBody);
    if (answer.ok) return { passed: true };
    return { passed: false, why: `answers ${answer.status}${body && `: ${body}`}` };
  } catch (error) {
    signal.throwIfAborted();
    return { passed: false, why: `does not answer: ${messageOf(error)}` };
  }
}

function addressOf(url: string, { state }: CheckMoment): string {
  if (!url.startsWith("/")) return url;
  const { name, address } = state.canary;
  if (address === undefined) {
    throw new ShipError(
      "INPUT_INVALID",
      `health-check-url is the path ${url}, but ${name} has no address of its own.`,
      {
        hint: "Give an absolute address, with `health-check-headers` that are routed to the canary.",
      },
    );
  }
  return new URL(url, address).href;
}
