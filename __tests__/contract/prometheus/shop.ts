import { type ManualClock, manualClock, recordingLog } from "#ship/kit";
import { createPrometheusMetrics, type PrometheusSource, readAddress } from "#ship/prometheus";
import {
  type SimulatedPrometheus,
  type SimulatedPrometheusOptions,
  startSimulatedPrometheus,
} from "#ship/simulators";
import { type SettledMetrics, type SettledQuery, settled } from "../settled.ts";

/** A process of a release, with counters that only grow until it restarts. */
export interface Pod {
  /** Requests answered with a code, each after so many seconds. */
  serve(count: number, more?: { readonly code?: string; readonly seconds?: number }): void;
  /** Begins anew from zero, as another process in the same place. */
  restart(): void;
  /** Is not scraped from now on. */
  vanish(): void;
  appear(): void;
}

const bounds = [0.1, 0.25, 0.5, 1, Number.POSITIVE_INFINITY];

/** A shop of several processes that a simulated Prometheus scrapes. */
export async function startShop(options: Omit<SimulatedPrometheusOptions, "clock"> = {}) {
  const clock: ManualClock = manualClock();
  const log = recordingLog();
  const prometheus: SimulatedPrometheus = await startSimulatedPrometheus({ ...options, clock });
  const pods: { scrape(): void }[] = [];
  const start = clock.now();
  let scrapedAt: number | undefined;

  function scrape(): void {
    if (scrapedAt === clock.now()) return;
    scrapedAt = clock.now();
    for (const each of pods) each.scrape();
  }

  /** @param buckets bounds of its histogram, in seconds */
  function pod(release: string, name: string, buckets: readonly number[] = bounds): Pod {
    let byCode = new Map<string, number>();
    let durations: number[] = [];
    let isUp = true;
    let wasUp = false;
    const found = () => [
      ...[...byCode].map(([code, value]) => ({
        labels: { __name__: "requests_total", release, pod: name, code },
        value,
      })),
      ...(durations.length === 0 ? [] : buckets).map((bound) => ({
        labels: {
          __name__: "duration_seconds_bucket",
          release,
          pod: name,
          le: bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound),
        },
        value: durations.filter((seconds) => seconds <= bound).length,
      })),
    ];
    pods.push({
      scrape() {
        if (isUp) prometheus.scrape(found());
        else if (wasUp) prometheus.scrape(found().map((series) => ({ ...series, value: "stale" as const })));
        wasUp = isUp;
      },
    });
    return {
      serve(count, { code = "200", seconds = 0.05 } = {}) {
        byCode.set(code, (byCode.get(code) ?? 0) + count);
        durations.push(...Array.from({ length: count }, () => seconds));
      },
      restart() {
        byCode = new Map([...byCode.keys()].map((code) => [code, 0]));
        durations = [];
      },
      vanish() {
        isUp = false;
      },
      appear() {
        isUp = true;
      },
    };
  }

  return {
    clock,
    log,
    prometheus,
    start,
    pod,
    /** Lets a minute pass, scraped every 15 seconds; `work` is done just after the second scrape. */
    async minute(work: () => void = () => {}) {
      for (let quarter = 0; quarter < 4; quarter += 1) {
        scrape();
        if (quarter === 1) work();
        await clock.advance(15_000);
      }
    },
    /** For the last moment of the last bin. */
    scrape,
    metrics(source: Partial<PrometheusSource> = {}): SettledMetrics {
      return settled(
        createPrometheusMetrics(
          {
            address: readAddress(new URL(prometheus.url), undefined),
            queries: counters,
            arms: { stable: "blue", canary: "green" },
            period: 60_000,
            lag: 0,
            limits: [],
            ...source,
          },
          {
            fetch,
            clock,
            log,
            policy: { attempts: 3, baseMilliseconds: 0, capMilliseconds: 0, budgetMilliseconds: 120_000 },
          },
        ),
      );
    },
    all(share = 0.5, edges: readonly number[] = []): SettledQuery {
      return { from: start, to: clock.now(), edges, expectedShare: () => share };
    },
  };
}

export type Shop = Awaited<ReturnType<typeof startShop>>;

export const counters = {
  requests: 'requests_total{release="{{arm}}"}',
  errors: 'requests_total{release="{{arm}}",code=~"5.."}',
  latencyBuckets: 'duration_seconds_bucket{release="{{arm}}"}',
};

export const increases = {
  requests: 'sum(increase(requests_total{release="{{arm}}"}[{{window}}]))',
  errors: 'sum(increase(requests_total{release="{{arm}}",code=~"5.."}[{{window}}]))',
  latencyBuckets: 'sum by (le) (increase(duration_seconds_bucket{release="{{arm}}"}[{{window}}]))',
};
