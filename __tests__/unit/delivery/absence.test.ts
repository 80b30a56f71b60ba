import { describe, expect, it } from "@jest/globals";
import { type SeenArm, settleAbsence } from "#ship/delivery";

const silent: SeenArm = { requests: "absent", errors: "absent", slower: "absent" };
const busy: SeenArm = { requests: 500, errors: 5, slower: [20] };

/** What is made of a canary beside a stable release, with this share of the requests intended for it. */
function settle(canary: SeenArm, { stable = busy, share = 0.05, edges = [0.5] } = {}) {
  const [bin] = settleAbsence([{ start: 0, end: 60_000, stable, canary }], {
    expectedShare: () => share,
    edges,
  });
  return bin;
}

describe("silence of a source", () => {
  it("is no errors beside requests", () => {
    expect(settle({ ...busy, errors: "absent" })?.canary).toEqual({ requests: 500, errors: 0, slower: [20] });
  });

  it("is no data where nobody knows how long the requests took", () => {
    expect(settle({ ...busy, slower: "absent" })?.canary).toBe("no-data");
    expect(settle({ ...busy, slower: "absent" }, { edges: [] })?.canary).toMatchObject({ requests: 500 });
  });

  it("still is evidence of errors where every request failed, and nothing took any time", () => {
    const failed = { requests: 500, errors: 500, slower: "absent" } as const;
    expect(settle(failed)?.canary).toEqual({ requests: 500, errors: 500, slower: [0] });
  });

  it.each([
    ["silent", silent],
    ["standing still", { requests: 0, errors: 0, slower: [0] }],
  ])("is an idle canary when few requests were expected, and no data when many were: %s", (_, canary) => {
    expect(settle(canary)?.canary).toEqual({ requests: 0, errors: 0, slower: [0] });
    expect(settle(canary, { share: 0.1 })?.canary).toBe("no-data");
    expect(settle(canary, { share: 1 })?.canary).toBe("no-data");
    expect(settle(canary, { stable: silent })).toMatchObject({ stable: "no-data", canary: "no-data" });
  });

  it("of the stable release is idleness once the canary has all traffic", () => {
    expect(settle(busy, { stable: silent, share: 1 })?.stable).toMatchObject({ requests: 0 });
    expect(settle(busy, { stable: silent, share: 0.5 })?.stable).toBe("no-data");
  });
});

describe("a value that is none", () => {
  it("is no data, and says nothing about the release beside it", () => {
    const unknown: SeenArm = { requests: "unknown", errors: "unknown", slower: "unknown" };
    expect(settle(unknown)).toMatchObject({ canary: "no-data", stable: { requests: 500 } });
    expect(settle({ ...busy, errors: "unknown" })?.canary).toBe("no-data");
    expect(settle(silent, { stable: unknown })?.canary).toBe("no-data");
  });
});

describe("counts", () => {
  it("are whole, and no more requests are bad than there were", () => {
    const seen = { requests: 99.6, errors: 120, slower: [100.4] };
    expect(settle(seen)?.canary).toEqual({ requests: 100, errors: 100, slower: [100] });
  });
});
