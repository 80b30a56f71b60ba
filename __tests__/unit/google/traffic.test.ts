import { describe, expect, it } from "@jest/globals";
import type { Service } from "../../../packages/google/src/run/model.ts";
import {
  divide,
  entriesFor,
  findArms,
  followsLatest,
  isSame,
  sharesOf,
  tagAddress,
} from "../../../packages/google/src/run/traffic.ts";

const latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const byName = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
const service = (traffic: Service["traffic"], more: Partial<Service> = {}): Service => ({
  name: "projects/shop-prod/locations/europe-west1/services/shop",
  latestReadyRevision: "projects/shop-prod/locations/europe-west1/services/shop/revisions/shop-2",
  traffic,
  trafficStatuses: [],
  conditions: [],
  ...more,
});
const entry = (revision: string, percent?: number, tag?: string) => ({
  type: byName,
  revision,
  ...(percent === undefined ? {} : { percent }),
  ...(tag === undefined ? {} : { tag }),
});

describe("the division of a service's traffic", () => {
  it("gives all to the latest ready revision where nothing is written", () => {
    expect([...sharesOf(service([]))]).toEqual([["shop-2", 100]]);
    expect(followsLatest(service([]))).toBe(true);
  });

  it("adds up several entries of one revision, by name and as the latest", () => {
    const shares = sharesOf(
      service([entry("shop-1", 40), { type: latest, percent: 35 }, entry("shop-2", 25)]),
    );
    expect(Object.fromEntries(shares)).toEqual({ "shop-1": 40, "shop-2": 60 });
  });

  it("is written by name, with every tag where it points", () => {
    const before = service([
      { type: latest, percent: 100, tag: "next" },
      entry("shop-0", undefined, "old"),
      entry("shop-1", 0, "blue"),
    ]);
    const arms = { stable: "shop-2", canary: "shop-1" };
    expect(entriesFor(divide(arms, 5), before)).toEqual([
      entry("shop-2", 95),
      entry("shop-1", 5),
      { type: latest, tag: "next" },
      entry("shop-0", undefined, "old"),
      entry("shop-1", undefined, "blue"),
    ]);
  });

  it("leaves a revision without traffic out at both ends", () => {
    const arms = { stable: "shop-1", canary: "shop-2" };
    expect(Object.fromEntries(divide(arms, 0))).toEqual({ "shop-1": 100 });
    expect(Object.fromEntries(divide(arms, 100))).toEqual({ "shop-2": 100 });
  });

  it("is the same whatever the order, and another with a third revision", () => {
    const one = new Map([
      ["a", 90],
      ["b", 10],
    ]);
    expect(isSame(one, new Map([...one].reverse()))).toBe(true);
    expect(isSame(one, new Map([...one, ["c", 1]]))).toBe(false);
    expect(isSame(one, new Map([["a", 100]]))).toBe(false);
  });
});

describe("the two revisions of a split", () => {
  it("are the candidate and the one that serves", () => {
    expect(findArms(service([entry("shop-1", 100)]), "shop-2", undefined)).toEqual({
      stable: "shop-1",
      canary: "shop-2",
    });
  });

  it("are found by a tag of the candidate, also one that follows the latest", () => {
    const named = service([entry("shop-1", 100), entry("shop-7", undefined, "green")]);
    expect(findArms(named, "green", undefined).canary).toBe("shop-7");
    const following = service([entry("shop-1", 100), { type: latest, tag: "next" }]);
    expect(findArms(following, "next", undefined).canary).toBe("shop-2");
  });

  it("are refused when two others serve, naming them", () => {
    const three = service([entry("shop-1", 50), entry("shop-0", 50)]);
    expect(() => findArms(three, "shop-2", undefined)).toThrow(/shop-1, shop-0 besides the candidate shop-2/);
  });

  it("need to be remembered when the candidate has everything", () => {
    const all = service([entry("shop-2", 100)]);
    expect(findArms(all, "shop-2", undefined).stable).toBeUndefined();
    expect(findArms(all, "shop-2", "shop-1").stable).toBe("shop-1");
    expect(findArms(all, "shop-2", "shop-2").stable).toBeUndefined();
  });
});

describe("the address of a candidate", () => {
  it("is that of its tag, and none without one", () => {
    const uri = "https://green---shop-abc-ew.a.run.app";
    const tagged = service([], {
      trafficStatuses: [
        { ...entry("shop-1", 100), uri: "https://shop" },
        { ...entry("shop-7", 0, "green"), uri },
      ],
    });
    expect(tagAddress(tagged, "shop-7")).toBe(uri);
    expect(tagAddress(tagged, "shop-1")).toBeUndefined();
  });
});
