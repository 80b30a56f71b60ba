import { escapeHtml } from "#ship/kit";
import type { ChartData, Point } from "./chart-data.ts";

const size = { width: 860, left: 56, right: 16 };
const upper = { top: 28, height: 150 };
const lower = { top: 224, height: 130 };
const height = 396;
const colors = ["#57606a", "#cf222e", "#8250df"];

/** Draws a rollout as an SVG picture: the new release's share of the traffic above, error rates by release below. */
export function rolloutChart(data: ChartData): string {
  const span = Math.max(1, data.to - data.from);
  const x = (second: number) =>
    round(
      size.left + ((Math.max(second, data.from) - data.from) / span) * (size.width - size.left - size.right),
    );
  const highest = Math.max(1, ...data.errors.flatMap(({ points }) => points.map(({ percent }) => percent)));
  const top = Math.min(100, Math.ceil(highest * 1.1));
  const weightY = (percent: number) => round(upper.top + upper.height * (1 - percent / 100));
  const errorY = (percent: number) => round(lower.top + lower.height * (1 - percent / top));

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="Rollout: share of the new release and error rates over time">`,
    caption(upper.top, "Traffic to the new release"),
    ...[0, 25, 50, 75, 100].map((percent) => gridLine(weightY(percent), `${percent} %`)),
    `<path d="${steps(data, x, weightY)}" fill="none" stroke="#0969da" stroke-width="2.5"/>`,
    caption(lower.top, "Failed requests, mean of 5 s, by release"),
    ...[0, top / 2, top].map((percent) => gridLine(errorY(percent), `${round(percent)} %`)),
    ...data.errors.map(({ points }, index) => line(points, x, errorY, colorOf(index))),
    ...data.errors.map(({ release }, index) => legend(release, index)),
    ...ticks(data).map((second) => tick(x(second), second)),
    "</svg>",
  ].join("\n");
}

/** Weights hold until they change, so they are drawn as steps. */
function steps(data: ChartData, x: (second: number) => number, y: (percent: number) => number): string {
  const [first] = data.weights;
  const parts = data.weights.slice(1).map(({ second, percent }) => `H${x(second)}V${y(percent)}`);
  return [`M${x(data.from)},${y(first?.percent ?? 0)}`, ...parts, `H${x(data.to)}`].join("");
}

function line(
  points: readonly Point[],
  x: (second: number) => number,
  y: (percent: number) => number,
  color: string,
): string {
  const path = points.map(({ second, percent }) => `${x(second)},${y(percent)}`).join(" ");
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`;
}

function legend(release: string, index: number): string {
  const left = size.left + 300 + index * 150;
  const color = colorOf(index);
  return `<rect x="${left}" y="${lower.top - 17}" width="12" height="4" fill="${color}"/><text x="${left + 18}" y="${lower.top - 11}">${escapeHtml(release)}</text>`;
}

function caption(top: number, text: string): string {
  return `<text x="${size.left}" y="${top - 11}" font-weight="600">${escapeHtml(text)}</text>`;
}

function gridLine(y: number, label: string): string {
  return `<line x1="${size.left}" x2="${size.width - size.right}" y1="${y}" y2="${y}" stroke="#d0d7de"/><text x="${size.left - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(label)}</text>`;
}

function tick(x: number, second: number): string {
  return `<text x="${x}" y="${height - 16}" text-anchor="middle">${second} s</text>`;
}

/** Whole seconds to write under the chart, about eight of them. */
function ticks({ from, to }: ChartData): number[] {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((candidate) => (to - from) / candidate <= 9) ?? 600;
  const first = Math.ceil(from / step) * step;
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}

function colorOf(index: number): string {
  return colors[index % colors.length] ?? "#57606a";
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
