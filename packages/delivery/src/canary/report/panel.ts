import { escapeHtml } from "#ship/kit";

/** A value at a time: seconds since the first shift. */
export interface Point {
  readonly second: number;
  readonly value: number;
}

/** A line of a panel; `steps` hold each value until the next. */
export interface Line {
  readonly name: string;
  readonly color: string;
  readonly points: readonly Point[];
  readonly shape: "line" | "steps";
}

/** A diagram of some lines over time. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  /** The highest value of the axis, when it shall not follow from the lines. */
  readonly highest?: number;
  /** A value to draw a dashed line at. */
  readonly limit?: { readonly name: string; readonly value: number };
}

/** Where a panel is drawn. */
export interface PanelPlace {
  readonly top: number;
  /** Seconds shown, from 0 on. */
  readonly seconds: number;
  /** Stretches of time without data of the canary, in seconds. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}

/** Sizes in units of the picture. */
export const pictureWidth = 860;
export const panelHeight = 190;
const plot = { left: 64, right: 16, bottom: 160 };
const legendGrid = { columns: 4, width: 196, line: 15, top: 25 };
const limitColor = "#cf222e";

/** Draws a panel as a part of an SVG picture. */
export function drawPanel(panel: Panel, { top, seconds, gaps }: PanelPlace): string {
  const values = panel.lines.flatMap(({ points }) => points.map(({ value }) => value));
  const highest = panel.highest ?? niceAbove(Math.max(0, panel.limit?.value ?? 0, ...values));
  const span = Math.max(1, seconds);
  const x = (second: number) =>
    round(plot.left + (Math.min(span, Math.max(0, second)) / span) * (pictureWidth - plot.left - plot.right));
  const legendLines = Math.ceil(panel.lines.length / legendGrid.columns);
  const ceiling = legendGrid.top + legendGrid.line * legendLines + 4;
  const height = plot.bottom - ceiling;
  const y = (value: number) =>
    round(top + ceiling + height * (1 - Math.min(highest, Math.max(0, value)) / highest));
  const { limit } = panel;
  return [
    text(plot.left, top + 14, panel.title, ' font-weight="600"'),
    ...gaps.map(
      ({ from, to }) =>
        `<rect class="gap" x="${x(from)}" y="${y(highest)}" width="${round(x(to) - x(from))}" height="${height}" fill="#eaeef2"/>`,
    ),
    ...[0, highest / 2, highest].map((value) => grid(y(value), `${round(value)} ${panel.unit}`)),
    ...panel.lines.map((line) => drawLine(line, x, y)),
    ...(limit ? [drawLimit(y(limit.value), limit.name)] : []),
    ...panel.lines.map((line, index) => legend(line, index, top)),
  ].join("\n");
}

function drawLine(
  { points, shape, color, name }: Line,
  x: (second: number) => number,
  y: (value: number) => number,
): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const path = rest.map(({ second, value }) =>
    shape === "steps" ? `H${x(second)}V${y(value)}` : `L${x(second)},${y(value)}`,
  );
  return `<path data-name="${escapeHtml(name)}" d="M${x(first.second)},${y(first.value)}${path.join("")}" fill="none" stroke="${color}" stroke-width="2"/>`;
}

function drawLimit(y: number, name: string): string {
  const right = pictureWidth - plot.right;
  return `<line x1="${plot.left}" x2="${right}" y1="${y}" y2="${y}" stroke="${limitColor}" stroke-dasharray="6 4"/>${text(right - 4, y - 5, name, ' text-anchor="end"')}`;
}

function legend({ name, color }: Line, index: number, top: number): string {
  const left = plot.left + (index % legendGrid.columns) * legendGrid.width;
  const middle = top + legendGrid.top + Math.floor(index / legendGrid.columns) * legendGrid.line;
  return `<rect x="${left}" y="${middle}" width="12" height="4" fill="${color}"/>${text(left + 18, middle + 6, name)}`;
}

function grid(y: number, label: string): string {
  return `<line x1="${plot.left}" x2="${pictureWidth - plot.right}" y1="${y}" y2="${y}" stroke="#d0d7de"/>${text(plot.left - 8, y + 4, label, ' text-anchor="end"')}`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes}>${escapeHtml(content)}</text>`;
}

/** The least of 1, 2, 5, 10, 20, … that leaves some room above a value. */
function niceAbove(value: number): number {
  const wanted = Math.max(value * 1.05, 0.1);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((factor) => factor * power).find((nice) => nice >= wanted) ?? 10 * power;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
