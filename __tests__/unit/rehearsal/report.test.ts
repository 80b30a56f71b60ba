import { describe, expect, it } from "@jest/globals";
import { lineChart, markdown } from "#ship/kit";
import { rolloutChart } from "../../../packages/rehearsal/src/report/chart.ts";
import { chartData } from "../../../packages/rehearsal/src/report/chart-data.ts";
import { summaryHtml } from "../../../packages/rehearsal/src/report/summary-html.ts";
import { stepsTable, usersTable } from "../../../packages/rehearsal/src/report/tables.ts";
import type { JobResult, StepResult } from "../../../packages/rehearsal/src/runner/index.ts";
import { experience } from "./experience.ts";

describe("a job summary as HTML", () => {
  it("renders what the kit writes: headings, tables, folded parts and code", () => {
    const html = summaryHtml(
      markdown.page(
        markdown.heading(2, "Deployed"),
        markdown.table(["image", "count"], [[markdown.code("shop:2"), "3"]]),
        markdown.details("Reasons", "one\n\ntwo"),
      ),
    );

    expect(html).toContain("<h2>Deployed</h2>");
    expect(html).toContain("<td><code>shop:2</code></td>");
    expect(html).toMatch(/<details><summary>Reasons<\/summary>\s*<p>one<\/p>\s*<p>two<\/p>\s*<\/details>/);
  });

  it("shows a mermaid chart as its source", () => {
    const chart = lineChart({ title: "Weight", labels: ["0 s"], yTitle: "%", yMax: 100, series: [] });

    expect(summaryHtml(chart)).toContain('<pre><code class="language-mermaid">xychart-beta');
  });

  it.each([
    ["a script", "<script>alert(1)</script>"],
    ["an event handler", '<p onclick="alert(1)">text</p>'],
    ["an image that loads", '<img src="http://example.com/pixel" onerror="alert(1)">'],
    ["a script behind a link", "[click](javascript:alert(1))"],
    ["a style", "<style>body { display: none }</style>"],
    ["a frame", '<iframe src="http://example.com"></iframe>'],
  ])("lets %s neither run nor load", (_, source) => {
    const html = summaryHtml(`before ${source} after`);

    expect(html).not.toMatch(/<(script|style|img|iframe)|<[^>]*\son\w+=|javascript:/i);
    expect(html).toContain("after");
  });
});

const start = 1_000_000;
const at = (second: number) => start + second * 1_000;

describe("the rollout chart", () => {
  const source = {
    start,
    end: at(20),
    shares: [
      { at: at(0), share: 0 },
      { at: at(10), share: 0.25 },
    ],
    seconds: [
      { at: at(8), releases: new Map([["old", experience({ requests: 90 })]]) },
      {
        at: at(12),
        releases: new Map([
          ["old", experience({ requests: 90, errors: 9 })],
          ["<new>", experience({ requests: 10, errors: 5 })],
        ]),
      },
      { at: at(19), releases: new Map([["old", experience({ requests: 100 })]]) },
    ],
  };

  it("is drawn from the weights there were and the requests that were counted, from the first of them on", () => {
    expect(chartData(source)).toEqual({
      from: 8,
      to: 20,
      weights: [
        { second: 0, percent: 0 },
        { second: 10, percent: 25 },
      ],
      errors: [
        {
          release: "old",
          points: [
            { second: 8, percent: 0 },
            { second: 12, percent: 5 },
            { second: 19, percent: 0 },
          ],
        },
        { release: "<new>", points: [{ second: 12, percent: 50 }] },
      ],
    });
  });

  it("steps where the weight changed and ends at the last weight", () => {
    const path = /<path d="([^"]+)"/.exec(rolloutChart(chartData(source)))?.[1];

    // 788 units wide for 12 seconds from 8 s on; 150 units high for 100 %, of which 0 % lies at 178.
    expect(path).toBe("M56,178H187.3V140.5H844");
  });

  it("writes names as text", () => {
    const svg = rolloutChart(chartData(source));

    expect(svg).toContain("&lt;new&gt;");
    expect(svg).not.toContain("<new>");
  });

  it("can be drawn of a run without any request", () => {
    const svg = rolloutChart(chartData({ start, end: at(1), shares: [], seconds: [] }));

    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("the tables of a rehearsal", () => {
  const step = (name: string, conclusion: StepResult["conclusion"], seconds: number): StepResult => ({
    name,
    id: undefined,
    phase: "main",
    outcome: conclusion,
    conclusion,
    outputs: {},
    summary: "",
    annotations: [],
    log: [],
    started: start,
    ended: at(seconds),
  });
  const job = (started: number, result: JobResult["result"], steps: readonly StepResult[]): JobResult => ({
    result,
    outcome: result,
    outputs: {},
    steps,
    annotations: [],
    environment: undefined,
    concurrency: null,
    permissions: new Map(),
    started,
    ended: started,
  });

  it("list every step in the order of time, and a skipped job with its reason", () => {
    const jobs = {
      "production/release": job(at(2), "failure", [
        step("Deploy", "failure", 6.3),
        step("Shift", "skipped", 0),
      ]),
      "staging/image": job(at(1), "skipped", []),
    };
    const workflow = { name: "", runName: "", result: "failure", concurrency: null, jobs } as const;

    expect(stepsTable({ runs: [{ workflow }], skipped: { image: "no Docker engine" } }).rows).toEqual([
      ["staging/image", "", "skipped: no Docker engine", "-"],
      ["production/release", "Deploy", "failure", "6.3"],
      ["production/release", "Shift", "skipped", "-"],
    ]);
  });

  it("show what users saw by release, and add it up", () => {
    const users = new Map([
      ["1.0.0", experience({ requests: 300, slow: 3 })],
      ["none", experience({ requests: 1, errors: 1, p95: 5_000 })],
    ]);

    expect(usersTable({ users }).rows).toEqual([
      ["1.0.0", "300", "0", "0 %", "3", "12 ms"],
      ["no answer", "1", "1", "100 %", "0", "5000 ms"],
      ["all", "301", "1", "0.33 %", "3", ""],
    ]);
  });
});
