import type { Baseline } from "#ship/delivery";
import type { GoogleSession } from "../session.ts";
import { countsOf } from "./arms.ts";
import { bucketEdge, countOf } from "./histogram.ts";
import { readSeries, type SeriesQuery } from "./series.ts";

/** Hours looked back over, the first that has enough. */
const windows: readonly number[] = [1, 6, 24];
const hour = 3_600_000;
/** Requests that make a window good enough, and those without which its percentiles mean nothing. */
const enough = 1_000;
const atLeast = 100;

/**
 * What a revision did before `to`. Percentiles are edges of the buckets they lie in, so that later counts beyond them are
 * exact.
 */
export async function readBaseline(
  session: GoogleSession,
  query: Pick<SeriesQuery, "project" | "region" | "service">,
  revision: string,
  to: number,
  signal: AbortSignal,
): Promise<Baseline | "no-data"> {
  let best: Baseline | undefined;
  for (const hours of windows) {
    const over = hours * hour;
    best = await readWindow(session, query, revision, { to, over }, signal);
    if (best !== undefined && best.requests >= enough) return best;
  }
  return best ?? "no-data";
}

async function readWindow(
  session: GoogleSession,
  query: Pick<SeriesQuery, "project" | "region" | "service">,
  revision: string,
  { to, over }: { readonly to: number; readonly over: number },
  signal: AbortSignal,
): Promise<Baseline | undefined> {
  const asked = { ...query, revisions: [revision], from: to - over, to, period: over };
  const name = "resource.labels.revision_name";
  const groupBy = [name, "metric.labels.response_code_class"] as const;
  const [requestSeries, latencySeries] = await Promise.all([
    readSeries(session, { ...asked, metric: "request_count", groupBy }, signal),
    readSeries(session, { ...asked, metric: "request_latencies", groupBy: [name] }, signal),
  ]);
  const counts = countsOf(revision, { requests: requestSeries, latencies: latencySeries }, over);
  const sum = (by: ReadonlyMap<number, number>) => [...by.values()].reduce((all, one) => all + one, 0);
  const requests = sum(counts.requests);
  if (requests === 0) return undefined;
  const [histogram] = counts.latencies.values();
  const [p95, p99] = [0.95, 0.99].map((quantile) => histogram && bucketEdge(histogram, quantile));
  const isMeasured = histogram !== undefined && countOf(histogram) >= atLeast;
  return {
    requests,
    errors: sum(counts.errors),
    over,
    ...(isMeasured && p95 && p99 ? { latency: { p95: p95 / 1_000, p99: p99 / 1_000 } } : {}),
  };
}
