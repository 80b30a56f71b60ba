import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** How one request ended. */
export interface Outcome {
  /** When its answer (or failure) arrived, milliseconds since the epoch. */
  readonly at: number;
  /** The answer's `x-release`; `none` without an answer or without that header. */
  readonly release: string;
  /** A 5xx answer, a broken connection, or no answer in time. */
  readonly failed: boolean;
  /** From the intended send time to the end of the answer, in milliseconds. */
  readonly latency: number;
}

/** What the users of one release saw. Latencies are in milliseconds. */
export interface Experience {
  readonly requests: number;
  readonly errors: number;
  /** Requests slower than the threshold, whatever their status. */
  readonly slow: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** One second of traffic by release; `at` is its start in milliseconds since the epoch. */
export interface Second {
  readonly at: number;
  readonly releases: ReadonlyMap<string, Experience>;
}

interface Counts {
  requests: number;
  errors: number;
  slow: number;
  readonly latencies: RecordableHistogram;
}

type Window = Map<string, Counts>;

/** Two digits keep percentiles within 1 % and a window small; the histogram holds whole microseconds. */
const PRECISION = { lowest: 1, highest: 60_000_000, figures: 2 };

/** Seconds kept for live lines and charts; totals are kept for ever. */
const SECONDS_KEPT = 900;

/** Adds outcomes up, in total and by second. */
export interface Tally {
  add(outcome: Outcome): void;
  /** By release, over everything. */
  totals(): ReadonlyMap<string, Experience>;
  /** By release, over the seconds that begin at `since` (milliseconds since the epoch) or later. */
  since(since: number): ReadonlyMap<string, Experience>;
  /** The kept seconds that had traffic, oldest first. */
  seconds(): readonly Second[];
}

/** Creates a {@link Tally}; a request is slow above `slowAbove` milliseconds. */
export function createTally(slowAbove: number): Tally {
  const total: Window = new Map();
  const windows = new Map<number, Window>();

  const windowAt = (at: number): Window => {
    const second = Math.floor(at / 1_000) * 1_000;
    const known = windows.get(second);
    if (known !== undefined) return known;
    const window: Window = new Map();
    windows.set(second, window);
    for (const old of windows.keys()) {
      if (windows.size <= SECONDS_KEPT) break;
      windows.delete(old);
    }
    return window;
  };

  return {
    add(outcome) {
      for (const window of [total, windowAt(outcome.at)]) count(window, outcome, slowAbove);
    },
    totals: () => describe(total),
    since(since) {
      const sum: Window = new Map();
      for (const [at, window] of windows) if (at >= since) merge(sum, window);
      return describe(sum);
    },
    seconds: () =>
      [...windows]
        .sort(([left], [right]) => left - right)
        .map(([at, window]) => ({ at, releases: describe(window) })),
  };
}

function countsOf(window: Window, release: string): Counts {
  const known = window.get(release);
  if (known !== undefined) return known;
  const counts: Counts = { requests: 0, errors: 0, slow: 0, latencies: createHistogram(PRECISION) };
  window.set(release, counts);
  return counts;
}

function count(window: Window, { release, failed, latency }: Outcome, slowAbove: number): void {
  const counts = countsOf(window, release);
  counts.requests += 1;
  if (failed) counts.errors += 1;
  if (latency > slowAbove) counts.slow += 1;
  counts.latencies.record(Math.min(PRECISION.highest, Math.max(1, Math.round(latency * 1_000))));
}

function merge(sum: Window, window: Window): void {
  for (const [release, counts] of window) {
    const target = countsOf(sum, release);
    target.requests += counts.requests;
    target.errors += counts.errors;
    target.slow += counts.slow;
    target.latencies.add(counts.latencies);
  }
}

function describe(window: Window): ReadonlyMap<string, Experience> {
  return new Map(
    [...window].map(([release, { requests, errors, slow, latencies }]) => {
      const percentile = (percent: number) => latencies.percentile(percent) / 1_000;
      return [
        release,
        { requests, errors, slow, p50: percentile(50), p95: percentile(95), p99: percentile(99) },
      ];
    }),
  );
}
