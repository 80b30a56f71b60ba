import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { rolloutPage } from "#ship/delivery";
import { markdown } from "#ship/kit";
import type { Rehearsal } from "../../packages/rehearsal/src/command/rehearse.ts";
import { reportPage } from "../../packages/rehearsal/src/report/page.ts";
import { judge, scenarioOf } from "../../packages/rehearsal/src/scenario/index.ts";

const start = Date.UTC(2026, 0, 1);
const at = (second: number) => start + second * 1_000;
const counted = (requests: number, errors: number) => ({
  requests,
  errors,
  slow: 0,
  p50: 4,
  p95: 12,
  p99: 20,
});

/** A summary with what an attacker would put into a commit message or a log line. */
const hostile = markdown.page(
  markdown.heading(2, "Deployed"),
  '<script>document.title = "taken over"</script><img src="http://127.0.0.1:9/pixel" onerror="document.title = 1">',
  "[details](javascript:document.title=1)",
);

const iso = (second: number) => new Date(at(second)).toISOString();
const arm = (errors: number) => ({ requests: 10, errors, slower: [], p95: 0.04 });
/** The page that canary-shift writes about its own evidence. */
const canaryReport = rolloutPage({
  plan: { steps: [], edges: [], alpha: 0.01, tolerance: 1.25, dispersion: 1, mode: "enforce" },
  bins: Array.from({ length: 15 }, (_, index) => ({
    start: iso(10 + index),
    end: iso(11 + index),
    weight: index < 8 ? 5 : 25,
    stable: arm(0),
    canary: arm(index < 8 ? 0 : 1),
  })),
  gates: [
    { name: "errors against stable", threshold: 6.2, lnM: Array.from({ length: 15 }, (_, bin) => bin / 2) },
    { name: "latency against stable", threshold: 6.2, lnM: Array.from({ length: 15 }, () => 0) },
  ],
  weights: [
    { at: iso(10), percent: 5 },
    { at: iso(18), percent: 25 },
    { at: iso(25), percent: 0 },
  ],
  result: "rolled-back",
  reason: '<script>document.title = "taken over"</script>',
});

/** A rehearsal that was rolled back, as far as its report asks. */
const rehearsal: Rehearsal = {
  scenario: scenarioOf("errors"),
  start,
  end: at(30),
  runs: [
    {
      canaryReport,
      workflow: {
        name: "Ship the server",
        runName: "Ship the server",
        result: "failure",
        concurrency: null,
        jobs: {
          "production/release": {
            result: "failure",
            outcome: "failure",
            outputs: {},
            steps: [
              {
                name: "Shift traffic",
                id: "canary",
                phase: "main",
                outcome: "failure",
                conclusion: "failure",
                outputs: {},
                summary: hostile,
                annotations: [],
                log: [],
                started: at(10),
                ended: at(25),
              },
            ],
            annotations: [],
            environment: undefined,
            concurrency: null,
            permissions: new Map(),
            started: at(5),
            ended: at(26),
          },
        },
      },
    },
  ],
  state: {
    runs: [{ outcome: "failure", errors: ["CANARY_ROLLED_BACK: errors against stable"] }],
    releases: {
      old: { share: 1, services: ["shop-api-blue"], runningTasks: 2, healthyTargets: 2 },
      new: { share: 0, services: [], runningTasks: 0, healthyTargets: 0 },
    },
    answering: { old: 180, new: 0 },
    highestShare: 0.25,
    stepsBack: 1,
    migrations: { staging: ["0001", "0002"], production: ["0001", "0002"] },
    users: new Map([
      ["1.0.0", counted(2_800, 0)],
      ["<b>new</b>", counted(200, 10)],
    ]),
  },
  users: new Map([
    ["1.0.0", counted(2_800, 0)],
    ["<b>new</b>", counted(200, 10)],
  ]),
  seconds: Array.from({ length: 30 }, (_, second) => ({
    at: at(second),
    releases: new Map([
      ["1.0.0", counted(90, 0)],
      ...(second > 10 && second < 25 ? [["<b>new</b>", counted(10, 1)] as const] : []),
    ]),
  })),
  shares: [
    { at: at(0), share: 0 },
    { at: at(10), share: 0.05 },
    { at: at(18), share: 0.25 },
    { at: at(25), share: 0 },
  ],
  skipped: {},
};

let folder = "";
let browser: Browser;
let page: Page;
const requests: string[] = [];
const complaints: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-report-"));
  const file = join(folder, "report.html");
  writeFileSync(file, reportPage(rehearsal, judge(rehearsal.scenario.expected, rehearsal.state)));
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
  page = await browser.newPage({ viewport: { width: 1_000, height: 900 } });
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(file).href);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the report of a rehearsal in a browser", () => {
  it("says how it ended and what users saw", async () => {
    expect(await page.title()).toBe("Rehearsal: errors");
    expect(await page.locator(".verdict").textContent()).toBe("Everything ended as expected.");
    const users = page.locator("h2:has-text('What users saw') + table tbody tr");
    expect(await users.allInnerTexts()).toEqual([
      "1.0.0\t2800\t0\t0 %\t0\t12 ms",
      "<b>new</b>\t200\t10\t5 %\t0\t12 ms",
      "all\t3000\t10\t0.33 %\t0\t",
    ]);
  });

  it("draws the rollout: a step up at each change and back to nothing", async () => {
    const box = await page.locator("svg").boundingBox();
    expect(box?.width).toBeGreaterThan(600);
    const chart: unknown = await page.evaluate(`(() => {
      const path = document.querySelector("svg path");
      const { y, height } = path.getBBox();
      return { high: height, endsAtTheBottom: path.getPointAtLength(path.getTotalLength()).y === y + height };
    })()`);
    // A quarter of the 150 units that stand for all traffic.
    expect(chart).toEqual({ high: 37.5, endsAtTheBottom: true });
    expect(await page.locator("svg polyline").count()).toBe(2);
  });

  it("shows the canary's own page in a frame, with all four diagrams of its evidence", async () => {
    const frame = page.frameLocator("iframe");
    expect(await frame.locator("h1").textContent()).toBe("Canary: rolled-back");
    const box = await frame.locator("svg").boundingBox();
    expect(box?.width).toBeGreaterThan(600);
    expect(await frame.locator("svg text[font-weight]").allTextContents()).toEqual([
      "Traffic to the canary",
      "Requests with errors",
      "Answer time, 95th percentile",
      "Evidence of each gate: ln M in % of its threshold",
    ]);
    expect(await frame.locator("p").first().textContent()).toBe(
      '<script>document.title = "taken over"</script>',
    );
    const isWithin: unknown = await frame
      .locator("svg path")
      .first()
      .evaluate("[...document.querySelectorAll('path')].every((path) => path.getBBox().y >= 0)");
    expect(isWithin).toBe(true);
  });

  it("keeps its tables within the page", async () => {
    const overflow: unknown = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBe(0);
  });

  it("runs nothing and loads nothing that a summary contains", async () => {
    expect(await page.locator("section.summary h2").textContent()).toBe("Deployed");
    await page.locator("section.summary a, section.summary p").last().click();
    expect(await page.title()).toBe("Rehearsal: errors");
    expect(requests).toEqual([expect.stringMatching(/^file:/)]);
    expect(complaints).toEqual([]);
  });
});
