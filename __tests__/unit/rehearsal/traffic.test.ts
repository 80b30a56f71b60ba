import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import { arrivals } from "../../../packages/rehearsal/src/traffic/arrivals.ts";
import { startTraffic } from "../../../packages/rehearsal/src/traffic/index.ts";
import { seededRandom } from "../../../packages/rehearsal/src/traffic/random.ts";
import { createTally } from "../../../packages/rehearsal/src/traffic/tally.ts";
import { createVisitor } from "../../../packages/rehearsal/src/traffic/visitor.ts";
import { eventually } from "../../support/eventually.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const started = createServer((request, response) => {
    request.resume().on("end", () => answer(request, response));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

function take(count: number, schedule: Generator<number>): readonly number[] {
  return Array.from({ length: count }, () => schedule.next().value);
}

describe("open-loop traffic", () => {
  it("keeps sending on schedule to a server that answers nobody", async () => {
    const clock = manualClock();
    let arrived = 0;
    const url = await serve(() => {
      arrived += 1;
    });
    const traffic = startTraffic({ url, rate: 50, arrival: "uniform", clock });

    await clock.advance(1_000);

    await eventually("50 requests", () => arrived === 50);
    const stopped = traffic.stop();
    await clock.advance(5_000);
    expect((await stopped).get("none")).toMatchObject({ requests: 50, errors: 50, slow: 50 });
  });

  it("counts latency from the time a request was due", async () => {
    const clock = manualClock();
    const waiting: ServerResponse[] = [];
    const url = await serve((_, response) => waiting.push(response));
    const traffic = startTraffic({ url, rate: 10, arrival: "uniform", slowAbove: 1_500, clock });

    await clock.advance(1_000);
    await eventually("10 requests", () => waiting.length === 10);
    const stopped = traffic.stop();
    await clock.advance(1_000);
    for (const response of waiting) response.setHeader("x-release", "1.0.0").end("{}");

    // Due at 100, 200 … 1000 ms and answered at 2000: 1900 down to 1000 ms; four took longer than 1500.
    const seen = (await stopped).get("1.0.0");
    expect(seen).toMatchObject({ requests: 10, errors: 0, slow: 4 });
    expect(Math.abs((seen?.p50 ?? 0) - 1_400)).toBeLessThan(1_400 * 0.01);
    expect(Math.abs((seen?.p99 ?? 0) - 1_900)).toBeLessThan(1_900 * 0.01);
  });

  it("does not send afterwards what a machine that stood still could not send in time", async () => {
    const clock = manualClock();
    let stoodStill = 0;
    let arrived = 0;
    const url = await serve((_, response) => {
      arrived += 1;
      response.setHeader("x-release", "1.0.0").end("{}");
    });
    const traffic = startTraffic({
      url,
      rate: 10,
      arrival: "uniform",
      clock: { ...clock, now: () => clock.now() + stoodStill },
    });
    await clock.advance(500);
    await eventually("5 requests", () => arrived === 5);

    stoodStill = 10_000;
    await clock.advance(1_000);

    // Those due in the last second before it woke up, at 9.6 to 10.6 s, and the nine until 11.5 s.
    await eventually("20 requests more", () => arrived === 25);
    expect((await traffic.stop()).get("1.0.0")).toMatchObject({ requests: 25, errors: 0 });
  });

  it("tells releases apart and counts 5xx answers as errors, 4xx not", async () => {
    const clock = manualClock();
    const statuses = [200, 404, 500, 503];
    let count = 0;
    const url = await serve((_, response) => {
      const index = count++ % 4;
      response.writeHead(
        statuses[index] ?? 200,
        index < 3 ? { "x-release": index === 0 ? "1.0.0" : "2.0.0" } : {},
      );
      response.end("{}");
    });
    const traffic = startTraffic({ url, rate: 40, arrival: "uniform", clock });

    for (let sent = 0; sent < 40; sent += 1) {
      await clock.advance(25);
      await eventually(
        "the answer",
        () => [...traffic.totals().values()].reduce((sum, { requests }) => sum + requests, 0) > sent,
      );
    }

    const totals = await traffic.stop();
    expect([...totals].map(([release, { requests, errors }]) => [release, requests, errors])).toEqual([
      ["1.0.0", 10, 0],
      ["2.0.0", 20, 10],
      ["none", 10, 10],
    ]);
  });

  it("counts a server that is gone as errors of no release", async () => {
    const clock = manualClock();
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    const traffic = startTraffic({ url, rate: 10, clock, arrival: "uniform" });

    await clock.advance(500);

    expect((await traffic.stop()).get("none")).toMatchObject({ requests: 5, errors: 5, slow: 0 });
  });

  it("counts an answer that breaks off as an error of the release that gave it", async () => {
    const clock = manualClock();
    const url = await serve((_, response) => {
      response.writeHead(200, { "x-release": "2.0.0", "content-length": "100" });
      response.write("{", () => response.destroy());
    });
    const traffic = startTraffic({ url, rate: 1, clock, arrival: "uniform" });

    await clock.advance(1_000);

    expect((await traffic.stop()).get("2.0.0")).toMatchObject({ requests: 1, errors: 1 });
  });

  it("repeats a read whose kept connection the server closed, as browsers do", async () => {
    const clock = manualClock();
    let count = 0;
    const url = await serve((request, response) => {
      count += 1;
      if (count === 2) return request.socket.destroy();
      response.setHeader("x-release", "1.0.0").end("{}");
    });
    const traffic = startTraffic({
      url,
      rate: 1,
      clock,
      arrival: "uniform",
      mix: { list: 1, read: 0, create: 0 },
    });

    for (const due of [1, 2]) {
      await clock.advance(1_000);
      await eventually("the answer", () => traffic.totals().get("1.0.0")?.requests === due);
    }

    expect(count).toBe(3);
    expect((await traffic.stop()).get("1.0.0")).toMatchObject({ requests: 2, errors: 0 });
  });

  it("reads orders it has seen and writes valid ones", async () => {
    const clock = manualClock();
    const asked = new Set<string>();
    const url = await serve((request, response) => {
      asked.add(`${request.method} ${request.url}`);
      response.end(JSON.stringify(request.method === "POST" ? { id: 7 } : { orders: [{ id: 3 }] }));
    });
    const traffic = startTraffic({ url, rate: 20, clock });

    await eventually("every kind of request", async () => {
      await clock.advance(100);
      return asked.size === 4;
    });

    await traffic.stop();
    expect([...asked].sort()).toEqual([
      "GET /orders/3",
      "GET /orders/7",
      "GET /orders?limit=10",
      "POST /orders",
    ]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a rate of %p", (rate) => {
    expect(() => arrivals("uniform", rate, seededRandom(1)).next()).toThrow("must be above 0");
  });
});

describe("arrivals", () => {
  it("come evenly when uniform", () => {
    expect(take(3, arrivals("uniform", 4, seededRandom(1)))).toEqual([250, 500, 750]);
  });

  it("come at the rate, with the spread of independent users, when poisson", () => {
    const due = take(20_000, arrivals("poisson", 100, seededRandom(7)));
    const gaps = due.map((at, index) => at - (due[index - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // Five standard errors around 10 ms, which is both mean and deviation of an exponential gap at 100 a second.
    expect(Math.abs(mean - 10)).toBeLessThan(0.36);
    expect(Math.abs(deviation - 10)).toBeLessThan(0.72);
  });

  it("are the same for the same seed only", () => {
    const first = take(5, arrivals("poisson", 10, seededRandom(1)));
    expect(take(5, arrivals("poisson", 10, seededRandom(1)))).toEqual(first);
    expect(take(5, arrivals("poisson", 10, seededRandom(2)))).not.toEqual(first);
  });
});

describe("a visitor", () => {
  it("follows the mix", () => {
    const visitor = createVisitor({ list: 5, read: 3, create: 2 }, seededRandom(3));
    visitor.learn({ method: "POST", path: "/orders" }, '{"id":1}');
    const seen = { "/orders?limit=10": 0, "/orders/1": 0, "/orders": 0 };
    for (let visit = 0; visit < 10_000; visit += 1) {
      const { path } = visitor.next();
      if (path === "/orders" || path === "/orders/1" || path === "/orders?limit=10") seen[path] += 1;
    }
    // Five standard deviations around 5000, 3000 and 2000.
    expect(Math.abs(seen["/orders?limit=10"] - 5_000)).toBeLessThan(250);
    expect(Math.abs(seen["/orders/1"] - 3_000)).toBeLessThan(230);
    expect(Math.abs(seen["/orders"] - 2_000)).toBeLessThan(200);
  });

  it.each([
    { list: 0, read: 0, create: 0 },
    { list: 1, read: -1, create: 0 },
  ])("refuses the mix %p", (mix) => {
    expect(() => createVisitor(mix, seededRandom(1))).toThrow("shares must be 0 or more, and one above 0");
  });
});

describe("the tally", () => {
  const at = Date.UTC(2026, 0, 1);
  const outcome = { release: "1.0.0", failed: false, latency: 10 };

  it("has percentiles within 1 % of the true ones", () => {
    const tally = createTally(300);
    for (let latency = 1; latency <= 2_000; latency += 1) tally.add({ ...outcome, at, latency });
    const seen = tally.totals().get("1.0.0");
    for (const [measured, real] of [
      [seen?.p50, 1_000],
      [seen?.p95, 1_900],
      [seen?.p99, 1_980],
    ] as const) {
      expect(Math.abs((measured ?? 0) - real) / real).toBeLessThan(0.01);
    }
    expect(seen?.slow).toBe(1_700);
  });

  it("answers for the seconds since a time, and for each of them", () => {
    const tally = createTally(300);
    for (const [offset, failed] of [
      [0, true],
      [999, false],
      [1_000, false],
      [2_500, true],
    ] as const) {
      tally.add({ ...outcome, at: at + offset, failed });
    }
    expect(tally.since(at + 1_000).get("1.0.0")).toMatchObject({ requests: 2, errors: 1 });
    expect(tally.since(at + 3_000).size).toBe(0);
    expect(tally.seconds().map((second) => [second.at - at, second.releases.get("1.0.0")?.requests])).toEqual(
      [
        [0, 2],
        [1_000, 1],
        [2_000, 1],
      ],
    );
  });

  it("forgets seconds older than a quarter of an hour but keeps the totals", () => {
    const tally = createTally(300);
    for (let second = 0; second < 1_000; second += 1) tally.add({ ...outcome, at: at + second * 1_000 });
    expect(tally.seconds()).toHaveLength(900);
    expect(tally.totals().get("1.0.0")?.requests).toBe(1_000);
  });
});
