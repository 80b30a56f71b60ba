import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type SimulatedPrometheus, startSimulatedPrometheus } from "#ship/simulators";
import { type CanaryWorld, canaryWorld } from "./canary-world.ts";
import { runStep } from "./runner-step.ts";

let world: CanaryWorld;
let prometheus: SimulatedPrometheus;
let temporary: string;
let scraping: NodeJS.Timeout;
/** Requests a second of the whole shop, and the share of the canary's that fail, as Prometheus sees them. */
let badShare: number;

const password = "p%40ssw0rd";

beforeEach(async () => {
  world = await canaryWorld();
  badShare = 0;
  prometheus = await startSimulatedPrometheus({ authorization: `Basic ${btoa("shop:p@ssw0rd")}` });
  temporary = mkdtempSync(join(tmpdir(), "ship-canary-"));
  const counts = { blue: 1_000, green: 1_000, bad: 0 };
  const series = (release: string, code: string) => ({ __name__: "requests_total", release, code });
  // The metrics of a shop whose traffic follows the weights in force.
  const scrape = () => {
    const [blue = 0, green = 0] = world.weights().split("/").map(Number);
    const toCanary = (50 * green) / (blue + green);
    counts.blue += 50 - toCanary;
    counts.green += toCanary * (1 - badShare);
    counts.bad += toCanary * badShare;
    prometheus.scrape([
      { labels: series("blue", "200"), value: counts.blue },
      { labels: series("green", "200"), value: counts.green },
      ...(counts.bad > 0 ? [{ labels: series("green", "500"), value: counts.bad }] : []),
    ]);
  };
  scrape();
  scraping = setInterval(scrape, 250);
});
afterEach(async () => {
  clearInterval(scraping);
  rmSync(temporary, { recursive: true, force: true });
  await prometheus.close();
  await world.close();
  expect(world.aws.violations).toEqual([]);
});

const shift = (inputs: Readonly<Record<string, string>> = {}) =>
  runStep({
    action: "canary-shift",
    inputs: {
      ...world.inputs,
      "prometheus-url": prometheus.url.replace("http://", `http://shop:${password}@`),
      "query-requests": 'requests_total{release="{{arm}}"}',
      "query-errors": 'requests_total{release="{{arm}}",code=~"5.."}',
      "arm-stable": "blue",
      "arm-canary": "green",
      ...inputs,
    },
    environment: { ...world.aws.environment(), RUNNER_TEMP: temporary },
  });

describe("the canary-shift bundle with Prometheus", () => {
  it("promotes on its evidence alone, and never shows the password", async () => {
    const step = await shift();
    expect(step.errors).toEqual([]);
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "promoted", weight: "100" } });
    expect(world.aws.calls.of("cloudwatch", "GetMetricData")).toEqual([]);
    const unmasked = step.stdout.replaceAll(/^::add-mask::.*$/gm, "");
    expect(unmasked).not.toMatch(/p%40ssw0rd|p@ssw0rd/);
  });

  it("rolls back on errors that only Prometheus knows of", async () => {
    badShare = 0.2;
    const step = await shift();
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back", weight: "0" } });
    expect(step.errors).toEqual([
      expect.stringMatching(/^CANARY_ROLLED_BACK: errors against stable: canary/),
    ]);
    expect(world.weights()).toBe("999/0");
  });

  it("is inconclusive, and back, when Prometheus answers no more", async () => {
    prometheus.faults.add({
      // The stable release was measured with the first queries; every later one fails.
      fault: { kind: "error", status: 422, errorType: "execution", error: "too many samples" },
      nth: 1,
    });
    const refused = await shift();
    expect(refused).toMatchObject({ exitCode: 1, outputs: { result: "failed" } });
    expect(refused.errors).toEqual([
      expect.stringMatching(/^REQUEST_REJECTED: .*422 execution: too many samples/),
    ]);
    expect(world.weights()).toBe("100/0");

    clearInterval(scraping);
    const step = await shift({ "max-blind": "4s" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "inconclusive", weight: "0" } });
    expect(step.errors).toEqual([
      expect.stringMatching(/^CANARY_INCONCLUSIVE: no metrics of the canary for/),
    ]);
    expect(world.weights()).toBe("999/0");
  });

  it("plans with what the role needs, which is no metrics of the cloud", async () => {
    const step = await shift({ "dry-run": "true" });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "planned" } });
    expect(step.summary).toContain("elasticloadbalancing:ModifyRule");
    expect(step.summary).not.toContain("cloudwatch:");
  });

  it("reports what is missing, and what could not tell two releases apart, all at once", async () => {
    const step = await shift({
      "query-requests": "sum(requests_total)",
      "query-errors": "",
      "arm-canary": "blue",
      "max-p99": "1s",
      "prometheus-token": "t0ken",
    });
    expect(step.exitCode).toBe(1);
    for (const part of [
      "query-requests: it has no {{arm}}, so it would answer the same for both releases",
      "query-errors: it is required with metrics: prometheus",
      "arm-canary: it is the same as arm-stable, blue",
      "query-latency-buckets: it is required with max-p99",
      "prometheus-token: give it, or a user and password in prometheus-url, not both",
    ])
      expect(step.errors[0]).toContain(part);
    expect(prometheus.received).toEqual([]);
    expect(world.aws.calls.all).toHaveLength(0);
  });

  it("refuses its inputs beside another source", async () => {
    const step = await shift({ metrics: "cloudwatch" });
    expect(step.errors[0]).toContain("prometheus-url: it means nothing with metrics: cloudwatch");
  });
});
