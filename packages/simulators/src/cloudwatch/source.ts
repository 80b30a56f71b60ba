import type { Metric } from "./metric.ts";
import { mergeSamples, type Samples } from "./samples.ts";

/** Where metric data come from. Instants are milliseconds since the epoch; `to` is exclusive. */
export interface MetricSource {
  samples(metric: Metric, from: number, to: number): Samples | undefined;
  /** Metrics with data, each at least once. */
  metrics(): readonly Metric[];
}

/** Data that are held back, as when a metric pipeline fails. */
export interface Gap {
  readonly matches: (metric: Metric) => boolean;
  /** Milliseconds since the epoch; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
}

/** All sources together, as a reader sees them at an instant. */
export interface MetricReader {
  /** One value per period with data, ascending. Times are period starts, aligned to the epoch. */
  periods(metric: Metric, range: MetricRange): readonly { readonly at: number; readonly samples: Samples }[];
  metrics(): readonly Metric[];
}

export interface MetricRange {
  readonly from: number;
  readonly to: number;
  readonly periodSeconds: number;
  /** The reader sees only what was published by then. */
  readonly asOf: number;
}

/** Reads several sources as one. Data appear `lagMilliseconds` after they happened; gaps never appear. */
export function metricReader(
  sources: readonly MetricSource[],
  lagMilliseconds: () => number,
  gaps: ReadonlySet<Gap>,
): MetricReader {
  return {
    periods(metric, { from, to, periodSeconds, asOf }) {
      const period = periodSeconds * 1000;
      const published = asOf - lagMilliseconds();
      const hidden = [...gaps].filter((gap) => gap.matches(metric));
      const found: { at: number; samples: Samples }[] = [];
      for (let at = Math.floor(from / period) * period; at < to && at <= published; at += period) {
        const windows = visible(
          at,
          Math.min(at + period, Math.floor(published / 1000) * 1000 + 1000),
          hidden,
        );
        const parts = windows
          .flatMap(([start, end]) => sources.map((source) => source.samples(metric, start, end)))
          .filter((part) => part !== undefined);
        const samples = mergeSamples(parts);
        if (samples) found.push({ at, samples });
      }
      return found;
    },
    metrics: () => sources.flatMap((source) => source.metrics()),
  };
}

function visible(from: number, to: number, gaps: readonly Gap[]): readonly (readonly [number, number])[] {
  let windows: (readonly [number, number])[] = [[from, to]];
  for (const gap of gaps) {
    windows = windows.flatMap(([start, end]) => {
      const before: [number, number] = [start, Math.min(end, gap.from)];
      const after: [number, number] = [Math.max(start, gap.to), end];
      return [before, after].filter(([begin, finish]) => begin < finish);
    });
  }
  return windows;
}
