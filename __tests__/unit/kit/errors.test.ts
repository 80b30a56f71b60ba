import { describe, expect, it } from "@jest/globals";
import { messageOf } from "#ship/kit";

describe("the text of a failure", () => {
  it("names every address that was tried when none of a host answers", () => {
    const refused = ["::1", "127.0.0.1"].map((host) => new Error(`connect ECONNREFUSED ${host}:5432`));
    expect(messageOf(new AggregateError(refused))).toBe(
      "connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432",
    );
  });

  it("says why a fetch failed, not only that it did", () => {
    const cause = new Error("getaddrinfo ENOTFOUND api.example");
    expect(messageOf(new TypeError("fetch failed", { cause }))).toBe("getaddrinfo ENOTFOUND api.example");
  });

  it.each([
    ["a text", "a text"],
    [undefined, "undefined"],
    [{ code: 7 }, '{"code":7}'],
    [new RangeError(), "RangeError"],
  ])("is a text whatever was thrown: %j", (thrown, said) => {
    expect(messageOf(thrown)).toBe(said);
  });
});
