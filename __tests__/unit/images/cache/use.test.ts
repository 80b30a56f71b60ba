import { describe, expect, it } from "@jest/globals";
import { cacheUse, describeCacheUse } from "#ship/images";

const steps = (...states: ("cached" | "built")[]) => states.map((state) => ({ state }));

describe("how much came from the cache", () => {
  it("is counted over the steps, with the time of the exports", () => {
    const use = cacheUse(steps("cached", "cached", "built"), [
      "#7 [2/3] RUN npm ci",
      "#7 DONE 9.0s",
      "#9 exporting cache to registry",
      "#9 preparing build cache for export",
      "#10 exporting cache to GitHub Actions Cache",
      "#9 DONE 2.5s",
      "#10 ERROR 0.5s",
    ]);
    expect(use).toEqual({ cached: 2, total: 3, exportMilliseconds: 3_000 });
    expect(describeCacheUse(use)).toBe("2 of 3 steps from the cache (67 %), exported in 3 s");
  });

  it("says nothing of an export that did not happen", () => {
    expect(describeCacheUse(cacheUse(steps("built")))).toBe("0 of 1 steps from the cache (0 %)");
    expect(describeCacheUse(cacheUse([]))).toBe("no steps");
  });
});
