import { releaseName } from "../timeline/index.ts";
import type { Second } from "../traffic/index.ts";
import type { ShareChange } from "../world/index.ts";

/** A point of a chart: seconds since the start, and a percentage. */
export interface Point {
  readonly second: number;
  readonly percent: number;
}

/** The error rate of one release over time. */
export interface ErrorSeries {
  readonly release: string;
  readonly points: readonly Point[];
}

/** What the rollout chart draws. */
export interface ChartData {
  /** Seconds since the start of the run, where the chart begins and ends. */
  readonly from: number;
  readonly to: number;
  /** Share of the new release; each value holds until the next. */
  readonly weights: readonly Point[];
  readonly errors: readonly ErrorSeries[];
}

/** What the data is computed of; instants in milliseconds since the epoch. */
export interface ChartSource {
  readonly start: number;
  readonly end: number;
  readonly shares: readonly ShareChange[];
  readonly seconds: readonly Second[];
}

/** Error rates are means over this many seconds: one request of a small canary would otherwise be a spike to 100 %. */
const windowSeconds = 5;

/** Computes the chart of a rollout from the weights there were and the requests that were counted. */
export function chartData({ start, end, shares, seconds }: ChartSource): ChartData {
  const since = (at: number) => Math.max(0, (at - start) / 1_000);
  const releases = [...new Set(seconds.flatMap((second) => [...second.releases.keys()]))];
  return {
    from: seconds[0] ? since(seconds[0].at) : 0,
    to: since(end),
    weights: shares.map(({ at, share }) => ({ second: since(at), percent: share * 100 })),
    errors: releases.map((release) => ({
      release: releaseName(release),
      points: seconds.flatMap((second, index) => {
        if (!second.releases.has(release)) return [];
        const window = seconds
          .slice(0, index + 1)
          .filter(({ at }) => at > second.at - windowSeconds * 1_000)
          .flatMap(({ releases: counted }) => counted.get(release) ?? []);
        const requests = window.reduce((sum, counts) => sum + counts.requests, 0);
        const errors = window.reduce((sum, counts) => sum + counts.errors, 0);
        return [{ second: since(second.at), percent: requests === 0 ? 0 : (errors / requests) * 100 }];
      }),
    })),
  };
}
