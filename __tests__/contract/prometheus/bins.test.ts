import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { increases, type Shop, startShop } from "./shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => shop.prometheus.close());

describe("bins from counters", () => {
  it("hold exactly the requests, errors and slow requests of each release", async () => {
    const [blue, other, green] = [shop.pod("blue", "a"), shop.pod("blue", "b"), shop.pod("green", "c")];
    for (const pod of [blue, other, green]) pod.serve(100);
    await shop.minute(() => {
      blue.serve(40);
      other.serve(50, { seconds: 0.7 });
      green.serve(30, { code: "503", seconds: 0.3 });
      green.serve(5);
    });
    await shop.minute(() => {
      blue.serve(7);
      other.serve(1, { code: "500" });
      green.serve(3);
    });
    shop.scrape();
    expect(await shop.metrics().bins(shop.all(0.3, [0.25, 0.5]))).toEqual([
      {
        start: shop.start,
        end: shop.start + 60_000,
        stable: { requests: 90, errors: 0, slower: [50, 50], p95: expect.closeTo(0.955, 3) },
        canary: { requests: 35, errors: 30, slower: [30, 0], p95: expect.closeTo(0.4854, 3) },
      },
      expect.objectContaining({
        stable: expect.objectContaining({ requests: 8, errors: 1, slower: [0, 0] }),
        canary: expect.objectContaining({ requests: 3, errors: 0, slower: [0, 0] }),
      }),
    ]);
  });

  it("count the first errors of a release that had none, whose counter did not exist before", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) pod.serve(10);
    await shop.minute(() => {
      blue.serve(50);
      green.serve(50);
      green.serve(4, { code: "500" });
    });
    shop.scrape();
    expect(await shop.metrics().bins(shop.all())).toMatchObject([
      { stable: { requests: 50, errors: 0 }, canary: { requests: 54, errors: 4 } },
    ]);
  });

  it("count on from zero when a process restarts, without losing what its neighbours counted", async () => {
    const [blue, one, two] = [shop.pod("blue", "a"), shop.pod("green", "b"), shop.pod("green", "c")];
    for (const pod of [blue, one, two]) pod.serve(10_000);
    await shop.minute(() => {
      blue.serve(100);
      one.restart();
      one.serve(20);
      two.serve(60);
    });
    shop.scrape();
    expect(await shop.metrics().bins(shop.all())).toMatchObject([
      { stable: { requests: 100 }, canary: { requests: 80, errors: 0 } },
    ]);
  });

  it("count a process that joins its neighbours, and not the life of one that was out of sight", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    const back = shop.pod("green", "c");
    for (const pod of [blue, green, back]) pod.serve(500);
    const requests = async () =>
      (await shop.metrics().bins(shop.all())).map(({ canary }) =>
        canary === "no-data" ? canary : canary.requests,
      );
    await shop.minute(() => {
      blue.serve(100);
      green.serve(40);
      back.serve(40);
    });
    back.vanish();
    await shop.minute(() => {
      blue.serve(100);
      green.serve(40);
      back.serve(40);
    });
    back.appear();
    const joined = shop.pod("green", "d");
    await shop.minute(() => {
      blue.serve(100);
      green.serve(40);
      back.serve(40);
      joined.serve(25);
    });
    shop.scrape();
    // What `back` served when it came into sight again is known from its counter; what it served unseen belongs to no bin.
    expect(await requests()).toEqual([40, 40, 40 + 40 + 25]);
  });

  it("are unknown for a release that was not scraped, and when it is scraped again", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) pod.serve(100);
    const both = () => {
      blue.serve(100);
      green.serve(100);
    };
    await shop.minute(both);
    await shop.minute(both);
    green.vanish();
    await shop.minute(both);
    await shop.minute(both);
    green.appear();
    await shop.minute(both);
    await shop.minute(both);
    shop.scrape();
    const bins = await shop.metrics().bins(shop.all());
    expect(bins.map(({ canary }) => canary === "no-data")).toEqual([false, true, true, true, false, false]);
    expect(bins.map(({ stable }) => stable === "no-data")).toEqual(Array.from({ length: 6 }, () => false));
  });

  it("are unknown for requests whose latency is not known while latency is asked for", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) pod.serve(100);
    await shop.minute(() => {
      blue.serve(100);
      green.serve(100);
    });
    shop.scrape();
    const queries = { ...increases, latencyBuckets: 'other_bucket{release="{{arm}}"}' };
    expect(await shop.metrics({ queries }).bins(shop.all(0.5, [0.25]))).toMatchObject([
      { stable: "no-data", canary: "no-data" },
    ]);
  });

  it("are unknown when a value is not a number", async () => {
    const series = (release: string) => ({ __name__: "requests_total", release });
    for (const value of [1, Number.NaN]) {
      shop.prometheus.scrape([
        { labels: series("blue"), value: value + 50 },
        { labels: series("green"), value: 10 },
      ]);
      await shop.clock.advance(60_000);
    }
    expect((await shop.metrics().bins(shop.all()))[0]).toMatchObject({ stable: "no-data" });
  });

  it("take a canary that stands still for idle when few requests were expected, and for unknown when many were", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) pod.serve(100);
    await shop.minute(() => blue.serve(500));
    shop.scrape();
    expect(await shop.metrics().bins(shop.all(0.05))).toMatchObject([{ canary: { requests: 0, errors: 0 } }]);
    expect(await shop.metrics().bins(shop.all(0.1))).toMatchObject([
      { canary: "no-data", stable: { requests: 500 } },
    ]);
    expect(await shop.metrics({ arms: { stable: "blue", canary: "red" } }).bins(shop.all(0.1))).toMatchObject(
      [{ canary: "no-data", stable: { requests: 500 } }],
    );
  });

  it("are unknown when both releases stand still, as they do on a server that scrapes no more", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) pod.serve(100);
    shop.scrape();
    await shop.clock.advance(60_000);
    expect(await shop.metrics().bins(shop.all())).toMatchObject([{ stable: "no-data", canary: "no-data" }]);
  });

  it("younger than the lag, or not complete, are left out", async () => {
    const blue = shop.pod("blue", "a");
    blue.serve(10);
    await shop.minute();
    await shop.minute();
    const metrics = shop.metrics({ lag: 30_000 });
    expect(await metrics.bins(shop.all())).toHaveLength(1);
    await shop.clock.advance(30_000);
    expect(await metrics.bins(shop.all())).toHaveLength(2);
  });

  it("reach over more points than one query answers", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) pod.serve(1);
    shop.scrape();
    const seconds = 12_000;
    for (let quarter = 1; quarter <= seconds / 100; quarter += 1) {
      await shop.clock.advance(100_000);
      blue.serve(2);
      green.serve(1);
      shop.scrape();
    }
    const bins = await shop.metrics({ period: 1_000 }).bins(shop.all());
    expect(bins).toHaveLength(seconds);
    const total = bins.reduce((sum, { stable }) => sum + (stable === "no-data" ? 0 : stable.requests), 0);
    expect(total).toBe((2 * seconds) / 100);
  });
});

describe("bins from increases", () => {
  it("hold what the queries answer for each window, in whole requests", async () => {
    const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
    for (const pod of [blue, green]) {
      pod.serve(1_000);
      pod.serve(10, { code: "500" });
    }
    for (let count = 0; count < 3; count += 1) {
      await shop.minute(() => {
        blue.serve(300);
        green.serve(60, { seconds: 0.3 });
        green.serve(30, { code: "500" });
      });
    }
    shop.scrape();
    const bins = await shop.metrics({ queries: increases }).bins(shop.all(0.2, [0.25]));
    expect(bins).toHaveLength(3);
    // Three of four scrape intervals lie inside the window, so increase() makes up a third for the fourth.
    expect(bins[0]).toMatchObject({ stable: { requests: 400 }, canary: { requests: 120, slower: [80] } });
    for (const { stable, canary } of bins) {
      if (stable === "no-data" || canary === "no-data") throw new Error("There is data of both releases.");
      expect(Number.isInteger(stable.requests)).toBe(true);
      expect(stable.errors).toBe(0);
      expect(canary.errors / canary.requests).toBeCloseTo(1 / 3, 1);
    }
    expect(shop.prometheus.received[0]?.form["query"]).toBe(
      'sum(increase(requests_total{release="blue"}[60s]))',
    );
  });
});
