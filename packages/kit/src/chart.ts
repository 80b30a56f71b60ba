import { block } from "./markdown.ts";

/** One line of a chart; a missing value leaves no gap in mermaid, so give the last known one instead. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** A line chart over labelled points. */
export interface LineChart {
  readonly title: string;
  readonly labels: readonly string[];
  readonly yTitle: string;
  readonly yMax: number;
  readonly series: readonly Series[];
}

/** GitHub's mermaid draws about this many labels legibly. */
const mostPoints = 60;

/** A chart as a mermaid `xychart-beta` block, which GitHub renders in job summaries. Long series are thinned evenly. */
export function lineChart(chart: LineChart): string {
  const keep = thinning(chart.labels.length);
  const quoted = (text: string) => `"${text.replaceAll('"', "'")}"`;
  const source = [
    "xychart-beta",
    `  title ${quoted(chart.title)}`,
    `  x-axis [${keep.map((index) => quoted(chart.labels[index] ?? "")).join(", ")}]`,
    `  y-axis ${quoted(chart.yTitle)} 0 --> ${chart.yMax}`,
    ...chart.series.map(
      (series) =>
        `  line ${quoted(series.name)} [${keep.map((index) => round(series.values[index] ?? 0)).join(", ")}]`,
    ),
  ];
  return block("mermaid", source.join("\n"));
}

function thinning(count: number): number[] {
  const step = Math.max(1, Math.ceil(count / mostPoints));
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => index % step === 0 || index === count - 1,
  );
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}
