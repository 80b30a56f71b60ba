import { afterEach, describe, expect, it } from "@jest/globals";
import { readAddress } from "#ship/prometheus";
import { counters, increases, type Shop, startShop } from "./shop.ts";

let shop: Shop;
afterEach(() => shop.prometheus.close());

async function busyShop(options: Parameters<typeof startShop>[0] = {}): Promise<Shop> {
  shop = await startShop(options);
  const [blue, green] = [shop.pod("blue", "a"), shop.pod("green", "b")];
  for (const pod of [blue, green]) pod.serve(100);
  await shop.minute(() => {
    blue.serve(100);
    green.serve(100);
  });
  shop.scrape();
  return shop;
}

describe("a query", () => {
  it("is sent as a form, below the path of the address, with its parameters kept", async () => {
    await busyShop({ prefix: "/v1/projects/shop/location/global/prometheus" });
    const address = readAddress(new URL(`${shop.prometheus.url}/?dedup=true`), undefined);
    expect(await shop.metrics({ address }).bins(shop.all())).toMatchObject([{ stable: { requests: 100 } }]);
    expect(shop.prometheus.received[0]).toMatchObject({ endpoint: "query_range", method: "POST" });
  });

  it.each([
    ["the user and password of the address", "http://shop:p%40ss@", undefined, "Basic c2hvcDpwQHNz"],
    ["a token", "http://", "secret-token", "Bearer secret-token"],
  ])("carries %s in its header and nowhere else", async (_case, scheme, token, authorization) => {
    await busyShop({ authorization });
    const address = readAddress(new URL(shop.prometheus.url.replace("http://", scheme)), token);
    expect(await shop.metrics({ address }).bins(shop.all())).toHaveLength(1);
    expect(JSON.stringify(address.base)).not.toContain("p%40ss");
  });

  it("without the credentials it needs says which inputs hold them", async () => {
    await busyShop({ authorization: "Bearer right" });
    await expect(shop.metrics().bins(shop.all())).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringMatching(/^Prometheus at http:\/\/127[^ ]+ answered query-\w+ with 401: /),
      hint: expect.stringContaining("prometheus-token"),
    });
  });

  it("that cannot be parsed is told in the words of Prometheus, and not repeated", async () => {
    await busyShop();
    const queries = { ...counters, errors: 'requests_total{release="{{arm}}"' };
    await expect(shop.metrics({ queries }).bins(shop.all())).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining(
        "answered query-errors with 400 bad_data: 1:30: parse error: unexpected end of input",
      ),
      details: ['requests_total{release="blue"'],
    });
    expect(
      shop.prometheus.received.filter(({ form }) => form["query"] === 'requests_total{release="blue"'),
    ).toHaveLength(1);
  });

  it.each([
    [
      "adds counters up",
      'sum(requests_total{release="{{arm}}"})',
      "answered {}, the result of a function or an operator",
    ],
    [
      "answers a recording rule",
      'shop:requests:total{release="{{arm}}"}',
      'answered shop:requests:total{release="blue"}, a recording rule',
    ],
  ])("for counters that %s is refused: a restart would look like requests", async (_case, requests, said) => {
    await busyShop();
    shop.prometheus.scrape([{ labels: { __name__: "shop:requests:total", release: "blue" }, value: 1 }]);
    await expect(shop.metrics({ queries: { ...counters, requests } }).bins(shop.all())).rejects.toMatchObject(
      {
        code: "INPUT_INVALID",
        message: expect.stringContaining(said),
        hint: expect.stringContaining("increase("),
      },
    );
  });

  it("for increases that answers several series names the labels by which they differ", async () => {
    await busyShop();
    shop.pod("blue", "z").serve(5, { code: "404" });
    await shop.minute();
    shop.scrape();
    const queries = { ...increases, requests: 'increase(requests_total{release="{{arm}}"}[{{window}}])' };
    await expect(shop.metrics({ queries }).bins(shop.all())).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringMatching(
        /^query-requests answered 2 series that differ by code, pod, such as \{.*code="200"/,
      ),
      hint: expect.stringContaining("sum("),
    });
  });

  it("for buckets without bounds is refused", async () => {
    await busyShop();
    const queries = { ...counters, latencyBuckets: counters.requests };
    await expect(shop.metrics({ queries }).bins(shop.all(0.5, [0.25]))).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("which has no bucket bound in its label le"),
    });
  });
});

describe("an answer that is none", () => {
  it.each([
    [{ kind: "error", status: 503, errorType: "unavailable", error: "TSDB not ready" }],
    [{ kind: "error", status: 503, errorType: "timeout", error: "query timed out in expression evaluation" }],
    [{ kind: "error", status: 429, errorType: "unavailable", error: "too many queries", retryAfter: "1" }],
    [{ kind: "page", status: 502 }],
    [{ kind: "reset" }],
  ] as const)("is asked for again when it may pass: %j", async (fault) => {
    await busyShop();
    shop.prometheus.faults.add({ times: 2, fault });
    const bins = shop.clock.runUntil(shop.metrics().bins(shop.all()));
    expect(await bins).toMatchObject([{ stable: { requests: 100 }, canary: { requests: 100 } }]);
  });

  it.each([
    [
      { kind: "error", status: 503, errorType: "unavailable", error: "TSDB not ready" },
      "SERVICE_UNAVAILABLE",
      /503 unavailable: TSDB not ready$/,
    ],
    [
      {
        kind: "error",
        status: 422,
        errorType: "execution",
        error: "query processing would load too many samples into memory",
      },
      "REQUEST_REJECTED",
      /422 execution: query processing would load too many samples into memory$/,
    ],
    [
      { kind: "warning", warning: "receive series from store-2: timeout" },
      "SERVICE_UNAVAILABLE",
      /parts may be missing: receive series/,
    ],
    [
      { kind: "page", status: 200 },
      "REQUEST_REJECTED",
      /no answer of the Prometheus API: it begins "<!doctype html>/,
    ],
    [{ kind: "page", status: 404 }, "NOT_FOUND", /with 404: /],
    [{ kind: "page", status: 403 }, "ACCESS_DENIED", /with 403: /],
    [
      { kind: "redirect", to: "https://login.example/?back=1" },
      "REQUEST_REJECTED",
      /it redirects to https:\/\/login\.example; /,
    ],
    [{ kind: "reset" }, "SERVICE_UNAVAILABLE", /gave no answer: /],
  ] as const)("for good is an error and never healthy: %j", async (fault, code, said) => {
    await busyShop();
    shop.prometheus.faults.add({ fault });
    const failed = shop.metrics().bins(shop.all());
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(said) });
  });

  it("is not what only doubts the name of a metric", async () => {
    await busyShop();
    const warning = "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count";
    shop.prometheus.faults.add({ fault: { kind: "warning", warning } });
    expect(await shop.metrics().bins(shop.all())).toMatchObject([{ stable: { requests: 100 } }]);
  });

  it("ends when the run is cancelled", async () => {
    await busyShop();
    shop.prometheus.faults.add({ fault: { kind: "hang" } });
    const cancelled = new AbortController();
    const asked = shop.metrics().bins(shop.all(), cancelled.signal);
    cancelled.abort(new Error("stop"));
    await expect(asked).rejects.toThrow("stop");
  });
});
