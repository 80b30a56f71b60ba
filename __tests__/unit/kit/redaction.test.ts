import { describe, expect, it, jest } from "@jest/globals";
import { createRedaction } from "#ship/kit";

describe("redaction", () => {
  it("hides what the runner knows already without telling it again", () => {
    const said = jest.spyOn(process.stdout, "write").mockReturnValue(true);
    const redaction = createRedaction(["s3cr3t"]);
    expect(redaction.redact("x s3cr3t y")).toBe("x *** y");
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  });

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
