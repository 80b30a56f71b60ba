import { describe, expect, it } from "@jest/globals";
import { sha256Checksum } from "#ship/images";

const digits = "0123456789abcdef".repeat(4);

describe("the pinned checksum of a scanner", () => {
  it.each([digits, digits.toUpperCase(), `sha256:${digits}`, ` SHA256:${digits} `])(
    "is read from %j",
    (raw) => {
      expect(sha256Checksum().read(raw)).toBe(digits);
    },
  );

  it.each(["", "sha256:", digits.slice(1), `${digits}0`, `md5:${digits}`, digits.replace("0", "g")])(
    "is not %j",
    (raw) => {
      expect(() => sha256Checksum().read(raw)).toThrow();
    },
  );
});
