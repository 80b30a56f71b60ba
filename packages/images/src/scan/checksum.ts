import { InputProblem, type Reader } from "#ship/kit";

/** The input `scanner-checksum`: 64 hex digits, with or without `sha256:`; its value is in lower case, without. */
export function sha256Checksum(): Reader<string> {
  return {
    accepts: "a SHA-256 checksum of 64 hex digits",
    read(raw) {
      const digits = raw
        .trim()
        .toLowerCase()
        .replace(/^sha256:/, "");
      if (!/^[0-9a-f]{64}$/.test(digits)) throw new InputProblem();
      return digits;
    },
  };
}
