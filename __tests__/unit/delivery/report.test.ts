import { describe, expect, it } from "@jest/globals";
import { type EvidenceDocument, rolloutPage, rolloutPicture } from "#ship/delivery";

const start = Date.UTC(2026, 0, 1, 12);
const iso = (second: number) => new Date(start + second * 1_000).toISOString();
const arm = (errors: number, p95 = 0.1) => ({ requests: 100, errors, slower: [], p95 });

/** Four bins of ten seconds: 5 %, then 25 % with a bin without data, then rolled back. */
const evidence: EvidenceDocument = {
  plan: {
    steps: [
      { percent: 5, intervalSeconds: 10, longestSeconds: 30 },
      { percent: 25, intervalSeconds: 10, longestSeconds: 30 },
    ],
    edges: [],
    alpha: 0.01,
    tolerance: 1.25,
    dispersion: 1,
    mode: "enforce",
  },
  bins: [
    { start: iso(0), end: iso(10), weight: 5, stable: arm(0), canary: arm(0) },
    { start: iso(10), end: iso(20), weight: 25, stable: arm(1), canary: arm(5) },
    { start: iso(20), end: iso(30), weight: 25, stable: arm(1), canary: null },
    { start: iso(30), end: iso(40), weight: 25, stable: arm(1), canary: arm(20, 0.4) },
  ],
  gates: [
    { name: "latency against stable", threshold: 4, lnM: [0, 0.5, 0.5, 1] },
    { name: "errors <against> stable", threshold: 4, lnM: [0, 1, 1, 6] },
  ],
  weights: [
    { at: iso(0), percent: 5 },
    { at: iso(10), percent: 25 },
    { at: iso(40), percent: 0 },
  ],
  result: "rolled-back",
  reason: 'errors <script>alert("x")</script> against stable',
};
const pathOf = (svg: string, name: string) =>
  [...svg.matchAll(/<path data-name="([^"]*)" d="([^"]*)"/g)].filter(([, found]) => found === name);

describe("the picture of a rollout", () => {
  it("steps where the weight changed, and ends where the traffic ended", () => {
    // 780 units wide for 40 s from 64 on; 116 units high for 100 %, with 0 % at 160.
    expect(pathOf(rolloutPicture(evidence), "weight")[0]?.[2]).toBe("M64,154.2H259V131H844V160H844V160");
  });

  it("draws both releases twice, their errors and their answer times, and leaves out bins without data", () => {
    const [errors, answers] = pathOf(rolloutPicture(evidence), "canary");
    expect(errors?.[2]?.match(/L/g)).toHaveLength(2);
    expect(answers?.[2]?.match(/L/g)).toHaveLength(2);
    const [stable] = pathOf(rolloutPicture(evidence), "stable");
    expect(stable?.[2]?.match(/L/g)).toHaveLength(3);
  });

  it("marks the time without data of the canary in every diagram", () => {
    const gaps = [...rolloutPicture(evidence).matchAll(/<rect class="gap" x="(\d+)" [^>]*width="(\d+)"/g)];
    expect(gaps.map(([, x, width]) => [x, width])).toEqual(Array.from({ length: 4 }, () => ["454", "195"]));
  });

  it("holds each gate's evidence against its own threshold", () => {
    const svg = rolloutPicture(evidence);
    expect(svg).toContain(">rolls back</text>");
    const [path] = pathOf(svg, "latency against stable");
    // A quarter of the threshold, where 125 % are at the top.
    const last = /,([\d.]+)$/.exec(path?.[2] ?? "")?.[1];
    const [bottom, height] = [3 * 190 + 160, 116];
    expect(Number(last)).toBeCloseTo(bottom - height * (25 / 125), 1);
  });

  it("can be drawn of a rollout that ended before its first bin", () => {
    expect(rolloutPicture({ ...evidence, bins: [], gates: [], weights: [] })).not.toMatch(
      /NaN|undefined|Infinity/,
    );
  });
});

describe("the page of a rollout", () => {
  it("says how it ended, with the bins that led to it and the evidence after each", () => {
    const page = rolloutPage(evidence);
    expect(page).toContain("<h1>Canary: rolled-back</h1>");
    expect(page).toContain("ln M, errors &lt;against&gt; stable");
    expect(page).toContain(
      "<td>12:00:30</td><td>25 %</td><td>20 of 100</td><td>1 of 100</td><td>400 ms</td><td>100 ms</td><td>6.00</td>",
    );
    expect(page).toContain("<td>12:00:20</td><td>25 %</td><td>no data</td>");
  });

  it("shows the gate that came closest when none decided", () => {
    const gates = evidence.gates.map((gate) => ({ ...gate, threshold: 10 }));
    expect(rolloutPage({ ...evidence, gates })).toContain(
      "<td>errors &lt;against&gt; stable</td><td>6.00</td>",
    );
    expect(rolloutPage({ ...evidence, gates })).toContain("ln M, errors &lt;against&gt; stable");
  });

  it("writes every text as text, and neither loads nor runs anything", () => {
    const page = rolloutPage(evidence);
    expect(page).not.toMatch(/<script|<img|<link|https?:\/\/(?!www\.w3\.org)/);
    expect(page).toContain("errors &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; against stable");
  });

  it("is there for a rollout without any evidence, too", () => {
    const page = rolloutPage({ ...evidence, bins: [], gates: [], weights: [], result: "failed" });
    expect(page).toContain("Nothing was measured.");
    expect(page).toContain("No gate had anything to judge.");
  });
});
