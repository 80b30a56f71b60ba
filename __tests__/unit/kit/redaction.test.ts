import { describe, expect, it } from "@jest/globals";
import { createRedaction } from "#ship/kit";

describe("redaction", () => {
  it("hides a secret, its lines, and the longest match first", () => {
    const redaction = createRedaction();
    redaction.add("s3cr3t");
    redaction.add("s3cr3t-and-more");
    redaction.add("-----BEGIN KEY-----\nabcdef\n}\n-----END KEY-----");
    expect(redaction.redact("x s3cr3t-and-more y s3cr3t")).toBe("x *** y ***");
    expect(redaction.redact("line abcdef } end")).toBe("line *** } end");
  });

  it("does not take an empty value for a secret", () => {
    const redaction = createRedaction();
    redaction.add("  ");
    expect(redaction.redact("a b")).toBe("a b");
  });
});
