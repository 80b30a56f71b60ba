import { ShipError } from "#ship/kit";

/** As many digits as metadata-action and git show. */
const customary = 7;
const whole = 40;

/**
 * Reads how many digits a short commit SHA has.
 * @param text DOCKER_METADATA_SHORT_SHA_LENGTH
 * @throws ShipError `INPUT_INVALID`
 */
export function readShortLength(text: string | undefined): number {
  if (text === undefined) return customary;
  if (/^[1-9]\d*$/.test(text)) return Math.min(whole, Number(text));
  throw new ShipError(
    "INPUT_INVALID",
    `DOCKER_METADATA_SHORT_SHA_LENGTH is "${text}"; accepted: a whole number from 1 to ${whole}.`,
    { hint: "Correct the variable under `env:`, or leave it out." },
  );
}
