import type { Baseline, Metrics, SeenBin } from "#ship/delivery";
import { type Clock, type Log, type RetryPolicy, ShipError } from "#ship/kit";
import { type PrometheusAddress, shown } from "./address.ts";
import { createPrometheusApi } from "./api.ts";
import { type ArmSeries, readArm, seenArm } from "./arm.ts";
import { baselineOf } from "./baseline.ts";
import { boundOf } from "./histogram.ts";
import type { QueryTemplates } from "./query.ts";

/** Where evidence is asked for, and with what. */
export interface PrometheusSource {
  readonly address: PrometheusAddress;
  readonly queries: QueryTemplates;
  /** What `{{arm}}` stands for in each. */
  readonly arms: { readonly stable: string; readonly canary: string };
  /** Milliseconds of a bin; at least the scrape interval, and with `{{window}}` several of them. */
  readonly period: number;
  /** Milliseconds until a bin is complete: a scrape interval, and what it takes to store. */
  readonly lag: number;
  /** Limits on latency that people gave, in seconds, by the input they stand in: each must be a bucket bound. */
  readonly limits: readonly { readonly input: string; readonly seconds: number }[];
}

/** What the source is read with. */
export interface PrometheusPorts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: RetryPolicy;
}

/** Milliseconds until bins are complete when nobody says otherwise: enough for samples that are written remotely. */
export const prometheusLag = 120_000;

const hour = 3_600_000;
/** Lengths the stable release is looked back over until it has enough requests; each is cut into this many bins at most. */
const windows: readonly number[] = [hour, 6 * hour, 24 * hour];
const enough = 1_000;
const mostBins = 360;

/** Evidence of two releases from the HTTP API of Prometheus, or of anything that speaks it. No call is made yet. */
export function createPrometheusMetrics(source: PrometheusSource, ports: PrometheusPorts): Metrics {
  const { period, lag, queries, arms, limits } = source;
  const api = createPrometheusApi({ address: source.address, ...ports });
  const never = new AbortController().signal;
  const read = (
    arm: string,
    times: { from: number; to: number; step: number; withLatency: boolean },
    signal: AbortSignal,
  ) => readArm(api, queries, arm, times, signal);

  return {
    period,
    lag,
    async baseline(to, signal = never) {
      let best: Baseline | undefined;
      for (const window of windows) {
        const step = Math.ceil(window / mostBins / period) * period;
        const end = Math.floor((to - lag) / step) * step;
        const count = Math.floor(window / step);
        const from = end - count * step;
        const arm = await read(arms.stable, { from, to: end, step, withLatency: true }, signal);
        requireBounds(arm, limits);
        const found = baselineOf(arm, startsOf(from, end, step), step);
        if (found === "no-data") continue;
        if (!best || found.requests > best.requests) best = found;
        if (best.requests >= enough) break;
      }
      if (!best) {
        ports.log.warning(
          `Prometheus at ${shown(source.address)} has nothing of ${arms.stable} for query-requests in the last 24 hours.`,
        );
      }
      return best ?? "no-data";
    },
    async bins({ from, to, edges }, signal = never) {
      const first = Math.floor(from / period) * period;
      const end = Math.floor((to - lag) / period) * period;
      if (end <= first) return [];
      const times = { from: first, to: end, step: period, withLatency: edges.length > 0 };
      const [stable, canary] = await Promise.all([
        read(arms.stable, times, signal),
        read(arms.canary, times, signal),
      ]);
      requireSameBounds(stable, canary, edges);
      return startsOf(first, end, period).map(
        (start): SeenBin => ({
          start,
          end: start + period,
          stable: seenArm(stable, start, edges),
          canary: seenArm(canary, start, edges),
        }),
      );
    },
  };
}

function startsOf(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step }, (_, index) => from + index * step);
}

/** Nothing can be counted between two bounds: a limit there would be another one. */
function requireBounds({ bounds }: ArmSeries, limits: PrometheusSource["limits"]): void {
  if (bounds.length === 0) return;
  const between = limits.filter(({ seconds }) => !bounds.includes(seconds));
  if (between.length === 0) return;
  const named = between.map(({ input, seconds }) => `${input} is ${seconds} s`).join(" and ");
  throw new ShipError(
    "INPUT_INVALID",
    `${named}, which is no bucket bound of query-latency-buckets: ${bounds.join(", ")} (seconds).`,
    { hint: "Give one of the bounds, or add the bucket to the histogram. Nothing has been changed." },
  );
}

function requireSameBounds(stable: ArmSeries, canary: ArmSeries, edges: readonly number[]): void {
  if (stable.bounds.length === 0 || canary.bounds.length === 0) return;
  const differing = edges.find((edge) => boundOf(edge, stable.bounds) !== boundOf(edge, canary.bounds));
  if (differing === undefined) return;
  throw new ShipError(
    "INPUT_INVALID",
    `The releases cannot be compared at ${differing} s: the buckets of the stable one end at ${stable.bounds.join(", ")} s, those of the canary at ${canary.bounds.join(", ")} s.`,
    { hint: "Give both releases the same buckets, or drop `query-latency-buckets` for this rollout." },
  );
}
