import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { counters, increases, type Shop, startShop } from "./shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => shop.prometheus.close());

async function serveFor(minutes: number, each: (pod: ReturnType<Shop["pod"]>) => void): Promise<void> {
  const blue = shop.pod("blue", "a");
  blue.serve(1);
  for (let minute = 0; minute < minutes; minute += 1) await shop.minute(() => each(blue));
  shop.scrape();
}

describe("the stable release before the first shift", () => {
  it.each([
    ["counters", counters],
    ["increases", increases],
  ])("is measured from %s, its percentiles at the bucket bounds that hold them", async (_case, queries) => {
    await serveFor(10, (blue) => {
      blue.serve(94);
      blue.serve(4, { seconds: 0.2 });
      blue.serve(2, { code: "500", seconds: 0.7 });
    });
    const metrics = shop.metrics({ queries, period: 60_000 });
    const baseline = await metrics.baseline(shop.clock.now());
    if (baseline === "no-data") throw new Error("There is data.");
    expect(baseline.latency).toEqual({ p95: 0.25, p99: 1 });
    expect(baseline.errors / baseline.requests).toBeCloseTo(0.02, 2);
    expect(baseline.requests / baseline.over).toBeCloseTo(100 / 60_000, 3);
  });

  it("is looked back at for longer when an hour has few requests", async () => {
    await serveFor(90, (blue) => blue.serve(2));
    shop.pod("blue", "b");
    const baseline = await shop.metrics().baseline(shop.clock.now());
    expect(baseline).toMatchObject({ requests: expect.any(Number), errors: 0 });
    if (baseline !== "no-data") expect(baseline.over).toBeGreaterThan(3_600_000);
  });

  it("has no percentiles from a handful of requests, nor beyond the highest bound", async () => {
    await serveFor(10, (blue) => blue.serve(5));
    expect(await shop.metrics().baseline(shop.clock.now())).not.toHaveProperty("latency");
  });

  it("has no percentiles that only the infinite bucket holds", async () => {
    await serveFor(10, (blue) => {
      blue.serve(90);
      blue.serve(10, { seconds: 30 });
    });
    const baseline = await shop.metrics().baseline(shop.clock.now());
    expect(baseline).toMatchObject({ requests: 1_000 });
    expect(baseline).not.toHaveProperty("latency");
  });

  it("is no data, with a warning, when nothing is known of it", async () => {
    expect(await shop.metrics().baseline(shop.clock.now())).toBe("no-data");
    expect(shop.log.lines).toEqual([
      expect.stringMatching(
        /^warning: Prometheus at .* has nothing of blue for query-requests in the last 24 hours/,
      ),
    ]);
  });

  it("refuses a limit on latency that no bucket can count", async () => {
    await serveFor(10, (blue) => blue.serve(100));
    const limits = [
      { input: "max-p95", seconds: 0.5 },
      { input: "max-p99", seconds: 0.8 },
    ];
    await expect(shop.metrics({ limits }).baseline(shop.clock.now())).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message:
        "max-p99 is 0.8 s, which is no bucket bound of query-latency-buckets: 0.1, 0.25, 0.5, 1 (seconds).",
    });
  });
});

describe("latency edges", () => {
  const compare = async (edges: readonly number[], buckets?: readonly number[]) => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b", buckets)];
    for (const pod of [blue, green]) pod.serve(10);
    await shop.minute(() => {
      blue.serve(100);
      green.serve(80);
      green.serve(15, { seconds: 0.4 });
      green.serve(5, { seconds: 9 });
    });
    shop.scrape();
    return shop.metrics().bins(shop.all(0.5, edges));
  };

  it("are counted at the next bound, and beyond the highest at the highest, which sees more", async () => {
    expect(await compare([0.1, 0.1 * 1.1, 0.5, 1 * 1.1])).toMatchObject([
      { stable: { slower: [0, 0, 0, 0] }, canary: { slower: [20, 20, 5, 5] } },
    ]);
  });

  it("are refused where the two releases have different buckets", async () => {
    await expect(compare([0.25], [0.3, 3, Number.POSITIVE_INFINITY])).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining(
        "cannot be compared at 0.25 s: the buckets of the stable one end at 0.1, 0.25, 0.5, 1 s, those of the canary at 0.3, 3 s",
      ),
    });
  });
});
