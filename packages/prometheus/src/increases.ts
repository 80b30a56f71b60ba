import type { Series } from "./answer.ts";
import type { PrometheusApi, Times } from "./api.ts";
import { growth, isScraped, requireCounters } from "./counters.ts";
import type { NamedQuery } from "./failure.ts";
import { byBound } from "./histogram.ts";
import { type ArmQuery, answersIncreases, fillIn } from "./query.ts";
import { single } from "./single.ts";

/** How much something grew in a bin: `absent` when no series says so, `unknown` when one says it is not a number. */
export type Increase = number | "absent" | "unknown";

/** What a query answers, bin by bin. A bin is named by its start, in milliseconds since the epoch. */
export interface Increases {
  /** @param isWatched whether the release was scraped at `start`; matters to counters seen for the first time */
  during(start: number, isWatched: boolean): Increase;
  /** Whether what the query counts was scraped at `start`. */
  isWatchedAt(start: number): boolean;
}

/** What came before the first bin tells a counter that came back from a new one: so many bins, and at least five minutes. */
const historyBins = 5;
const historyLength = 300_000;

/**
 * Reads what a query counts in the bins from `from` to `to`, each `step` long. A query with `{{window}}` answers each bin's
 * increase itself, at the end of the bin; any other answers counters.
 */
export async function readIncreases(
  api: PrometheusApi,
  query: ArmQuery,
  times: Times,
  signal: AbortSignal,
): Promise<Increases> {
  const { named, series, isIncrease } = await readSeries(api, query, times, signal);
  if (!isIncrease) return grown(series, named, times.step);
  return answered(single(series, named), times.step);
}

/** The same for a histogram's buckets: increases by the upper bound of the bucket, as counted: each includes those below. */
export async function readBuckets(
  api: PrometheusApi,
  query: ArmQuery,
  times: Times,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Increases>> {
  const { named, series, isIncrease } = await readSeries(api, query, times, signal);
  const bounds = [...byBound(series, named)].sort(([a], [b]) => a - b);
  return new Map(
    bounds.map(([bound, counted]) => [
      bound,
      isIncrease ? answered(single(counted, named), times.step) : grown(counted, named, times.step),
    ]),
  );
}

async function readSeries(api: PrometheusApi, query: ArmQuery, times: Times, signal: AbortSignal) {
  const { from, to, step } = times;
  const named = fillIn(query, step);
  const isIncrease = answersIncreases(query.template);
  const first = isIncrease
    ? from + step
    : from - Math.max(historyBins, Math.ceil(historyLength / step)) * step;
  return { named, isIncrease, series: await api.range(named, { from: first, to, step }, signal) };
}

function grown(series: readonly Series[], query: NamedQuery, step: number): Increases {
  requireCounters(series, query);
  return {
    during: (start, isWatched) => growth(series, start, start + step, isWatched),
    isWatchedAt: (start) => isScraped(series, start),
  };
}

function answered(series: Series | undefined, step: number): Increases {
  const during = (start: number): Increase => {
    const value = series?.values.get(start + step);
    if (value === undefined) return "absent";
    return Number.isFinite(value) ? Math.max(0, value) : "unknown";
  };
  return { during, isWatchedAt: (start) => typeof during(start) === "number" };
}
