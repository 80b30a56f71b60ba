import { isShipError, LineProblems, type Reader } from "#ship/kit";
import { readAnnotations } from "../annotations.ts";
import { readLabels } from "../labels.ts";
import { readFlavor } from "./flavor.ts";
import { readImages } from "./images.ts";
import { readTagEntries } from "./rules.ts";

/**
 * Readers of the inputs that `planTags` takes as they are written: they look for mistakes, so that those of all inputs
 * are reported together, and let the text through.
 */

/** The input `images`. */
export function imageLines(): Reader<string> {
  return checked("image names, one per line", readImages);
}

/** The input `tags`. */
export function tagLines(): Reader<string> {
  return checked("tag rules, one per line", readTagEntries);
}

/** The input `flavor`. */
export function flavorLines(): Reader<string> {
  return checked("latest, prefix and suffix", readFlavor);
}

/** The input `labels`. */
export function labelLines(): Reader<string> {
  return checked("key=value lines", readLabels);
}

/** The input `annotations`. @param standing DOCKER_METADATA_ANNOTATIONS_LEVELS */
export function annotationLines(standing: string | undefined): Reader<string> {
  return checked("key=value lines", (text) => readAnnotations(text, standing));
}

function checked(accepts: string, check: (text: string) => unknown): Reader<string> {
  return {
    accepts,
    read(text) {
      try {
        check(text);
      } catch (error) {
        if (!isShipError(error)) throw error;
        throw new LineProblems(error.details.length > 0 ? error.details : [error.message]);
      }
      return text;
    },
  };
}
