import type { EvidenceArm, EvidenceDocument } from "../evidence-document.ts";
import { drawPanel, type Line, type Panel, type Point, panelHeight, pictureWidth } from "./panel.ts";

const colors = { stable: "#57606a", canary: "#0969da", weight: "#0969da" };
const gateColors = ["#8250df", "#bf8700", "#1a7f37", "#bc4c00", "#0550ae", "#a40e26", "#6e7781", "#116329"];
const foot = 28;

/**
 * Draws a rollout as one SVG picture from its evidence alone: the canary's weight, error rate and p95 of both releases,
 * and how near each gate came to its threshold. Grey stretches have no data of the canary.
 */
export function rolloutPicture(document: EvidenceDocument): string {
  const begun = Date.parse(document.weights[0]?.at ?? document.bins[0]?.start ?? "");
  const since = (at: string) => Math.max(0, (Date.parse(at) - begun) / 1_000);
  const seconds = Math.max(
    0,
    ...document.bins.map(({ end }) => since(end)),
    ...document.weights.map(({ at }) => since(at)),
  );
  const gaps = document.bins
    .filter(({ canary }) => canary === null)
    .map(({ start, end }) => ({ from: since(start), to: since(end) }));
  const panels = [
    weightPanel(document, since, seconds),
    armsPanel(document, since, { title: "Requests with errors", unit: "%", value: errorPercent }),
    armsPanel(document, since, { title: "Answer time, 95th percentile", unit: "ms", value: p95Milliseconds }),
    gatesPanel(document, since),
  ];
  const height = panels.length * panelHeight + foot;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${pictureWidth} ${height}" role="img" aria-label="The rollout over time: weight, error rates, answer times, and the gates' evidence">`,
    ...panels.map((panel, index) => drawPanel(panel, { top: index * panelHeight, seconds, gaps })),
    `<text x="64" y="${height - 10}">0 s</text><text x="${pictureWidth - 16}" y="${height - 10}" text-anchor="end">${Math.round(seconds)} s after the first shift</text>`,
    "</svg>",
  ].join("\n");
}

type Since = (at: string) => number;

function weightPanel({ weights }: EvidenceDocument, since: Since, seconds: number): Panel {
  const points = weights.map(({ at, percent }) => ({ second: since(at), value: percent }));
  const last = points.at(-1);
  const held = last ? [...points, { second: seconds, value: last.value }] : [];
  return {
    title: "Traffic to the canary",
    unit: "%",
    highest: 100,
    lines: [{ name: "weight", color: colors.weight, points: held, shape: "steps" }],
  };
}

function armsPanel(
  { bins }: EvidenceDocument,
  since: Since,
  shown: { title: string; unit: string; value(arm: NonNullable<EvidenceArm>): number | undefined },
): Panel {
  const { title, unit, value } = shown;
  const line = (name: "stable" | "canary"): Line => ({
    name,
    color: colors[name],
    shape: "line",
    points: bins.flatMap((bin): Point[] => {
      const arm = bin[name];
      const found = arm === null || arm.requests === 0 ? undefined : value(arm);
      return found === undefined ? [] : [{ second: since(bin.end), value: found }];
    }),
  });
  return { title, unit, lines: [line("stable"), line("canary")] };
}

function gatesPanel({ bins, gates }: EvidenceDocument, since: Since): Panel {
  const lines = gates.map(
    ({ name, threshold, lnM }, index): Line => ({
      name,
      color: gateColors[index % gateColors.length] ?? colors.stable,
      shape: "line",
      points: lnM.flatMap((value, bin): Point[] => {
        const end = bins[bin]?.end;
        return end === undefined ? [] : [{ second: since(end), value: (value / threshold) * 100 }];
      }),
    }),
  );
  return {
    title: "Evidence of each gate: ln M in % of its threshold",
    unit: "%",
    highest: 125,
    limit: { name: "rolls back", value: 100 },
    lines,
  };
}

function errorPercent({ requests, errors }: NonNullable<EvidenceArm>): number {
  return (errors / requests) * 100;
}

function p95Milliseconds({ p95 }: NonNullable<EvidenceArm>): number | undefined {
  return p95 === undefined ? undefined : p95 * 1_000;
}
