import { isShipError, poll, type ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { sentences } from "../reasons/sentence.ts";

/** Looks that an outage of the API does not end: what is looked at goes on without them, and may well be healthy. */
export interface PatientLooks {
  /** Makes a look; `undefined`, and said once, while the API cannot be reached. Refusals are thrown as they are. */
  at<T>(look: () => Promise<T | undefined>): Promise<T | undefined>;
  /** The message of a time that ran out, with the outage when the last look met one. */
  blamed(message: string): string;
}

/** How often and how long to look; times are milliseconds. */
export interface Looking {
  readonly every: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Makes the error to throw when time is up; `blamed` is that of {@link PatientLooks}. */
  late(blamed: PatientLooks["blamed"]): ShipError;
}

/** Looks until there is an answer: through outages of the API, and less often while the account is throttled. */
export function lookUntil<T>(
  caller: Caller,
  look: () => Promise<T | undefined>,
  { every, timeout, signal, late }: Looking,
): Promise<T> {
  const { clock, pace } = caller.session;
  const looks = patientLooks(caller);
  return poll(() => looks.at(look), {
    clock,
    everyMilliseconds: () => pace.of(every),
    timeoutMilliseconds: timeout,
    signal,
    onTimeout: () => late(looks.blamed),
  });
}

/** Creates {@link PatientLooks} for one wait. */
export function patientLooks({ session }: Caller): PatientLooks {
  let outage: string | undefined;
  return {
    async at(look) {
      try {
        const seen = await look();
        outage = undefined;
        return seen;
      } catch (error) {
        if (!isShipError(error) || error.code !== "SERVICE_UNAVAILABLE") throw error;
        if (outage === undefined) session.log.warning(sentences(error.message, "Looking again"));
        outage = error.message;
        return undefined;
      }
    },
    blamed: (message) =>
      outage === undefined ? message : sentences(message, `The last look failed: ${outage}`),
  };
}
