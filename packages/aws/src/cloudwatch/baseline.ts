import type { Baseline } from "#ship/delivery";
import type { GroupDimensions, SeriesQuery } from "./queries.ts";
import type { Series, SeriesReader } from "./series.ts";

/** Hours looked back over: percentiles cannot be merged, so each window is one period of its own. */
const windows: readonly number[] = [1, 6, 24];
const hour = 3_600_000;
/** Requests that make a window good enough, and those without which its percentiles mean nothing. */
const enough = 1_000;
const atLeast = 100;

/**
 * What a target group did before `to`: over the last hour when it had 1000 requests, else over longer windows.
 * Periods are aligned to the clock, so a window is the newest of two that has the most to say.
 */
export async function readBaseline(
  reader: SeriesReader,
  group: GroupDimensions,
  to: number,
  signal: AbortSignal,
): Promise<Baseline | "no-data"> {
  let best: Baseline | undefined;
  for (const hours of windows) {
    const window = hours * hour;
    const from = Math.floor(to / window) * window - window;
    const found = await reader.read(windowQueries(group, window / 1_000), from, to, signal);
    for (const [start, requests] of [...(found.get("requests") ?? [])].sort(([a], [b]) => b - a)) {
      const candidate = baselineOf(found, start, requests, Math.min(to, start + window) - start);
      if (requests >= enough) return candidate;
      if (!best || requests > best.requests) best = candidate;
    }
  }
  return best ?? "no-data";
}

function windowQueries(group: GroupDimensions, period: number): readonly SeriesQuery[] {
  const query = (id: string, metric: string, statistic: string) => ({ id, metric, statistic, group, period });
  return [
    query("requests", "RequestCount", "Sum"),
    query("answered5xx", "HTTPCode_Target_5XX_Count", "Sum"),
    query("unreachable", "TargetConnectionErrorCount", "Sum"),
    query("p95", "TargetResponseTime", "p95"),
    query("p99", "TargetResponseTime", "p99"),
  ];
}

function baselineOf(
  found: ReadonlyMap<string, Series>,
  start: number,
  requests: number,
  over: number,
): Baseline {
  const value = (id: string) => found.get(id)?.get(start);
  const errors = Math.min(requests, (value("answered5xx") ?? 0) + (value("unreachable") ?? 0));
  const [p95, p99] = [value("p95"), value("p99")];
  const isMeasured = requests >= atLeast && p95 !== undefined && p99 !== undefined && p95 > 0;
  return { requests, errors, over, ...(isMeasured ? { latency: { p95, p99 } } : {}) };
}
