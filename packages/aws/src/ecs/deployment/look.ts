import { isShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { sentences } from "../reasons/sentence.ts";

/** Looks that an outage of the API does not end: what is looked at goes on without them, and may well be healthy. */
export interface PatientLooks {
  /** Makes a look; `undefined`, and said once, while the API cannot be reached. Refusals are thrown as they are. */
  at<T>(look: () => Promise<T | undefined>): Promise<T | undefined>;
  /** The message of a time that ran out, with the outage when the last look met one. */
  blamed(message: string): string;
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
