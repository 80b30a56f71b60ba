import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Metrics,
  type RolloutReport,
  type RolloutSettings,
  rollOut,
  type TrafficTarget,
} from "#ship/delivery";
import { recordingLog, systemClock } from "#ship/kit";
import { createPrometheusMetrics, type QueryTemplates, readAddress } from "#ship/prometheus";
import { startTraffic, type Traffic } from "#ship/rehearsal";
import { eventually } from "../../support/eventually.ts";
import { type Behaviour, startBackend } from "./backend.ts";
import { type Haproxy, startHaproxy } from "./haproxy.ts";
import { startPrometheus } from "./prometheus.ts";
import { haproxyTarget } from "./traffic-target.ts";

/** Two releases of a shop behind HAProxy, scraped by Prometheus, with users who come all the time. */
export interface DataPlane extends AsyncDisposable {
  readonly haproxy: Haproxy;
  readonly traffic: Traffic;
  /** How the canary behaves from now on. */
  readonly green: Behaviour;
  readonly target: TrafficTarget;
  /** What Prometheus knows, asked in a way of one's own. @param period milliseconds of a bin */
  metrics(queries: QueryTemplates, period?: number): Metrics;
  /** All traffic at a stable release beside a healthy canary, long enough for no bin to remember anything else. */
  reset(): Promise<void>;
  /** Runs a rollout as the action does. */
  rollOut(settings?: Partial<RolloutSettings>): Promise<RolloutReport>;
}

const requestsPerSecond = 150;
const usualPeriod = 2_000;
const healthy: Readonly<Behaviour> = { errors: 0, delay: 0 };

/** Requests and errors as the load balancer counts them, answer times as the releases do. */
export const counters: QueryTemplates = {
  requests: 'haproxy_backend_http_responses_total{proxy="{{arm}}"}',
  errors: 'haproxy_backend_http_responses_total{proxy="{{arm}}",code="5xx"}',
  latencyBuckets: 'shop_duration_seconds_bucket{release="{{arm}}"}',
};

/** The same, added up and differenced by Prometheus. */
export const increases: QueryTemplates = {
  requests: 'sum(increase(haproxy_backend_http_responses_total{proxy="{{arm}}"}[{{window}}]))',
  errors: 'sum(increase(haproxy_backend_http_responses_total{proxy="{{arm}}",code="5xx"}[{{window}}]))',
  latencyBuckets: 'sum by (le) (increase(shop_duration_seconds_bucket{release="{{arm}}"}[{{window}}]))',
};

const usual: RolloutSettings = {
  steps: [{ share: 0.3 }, { share: 0.6 }, { share: 1 }],
  interval: 4_000,
  bake: 4_000,
  maxStep: 30_000,
  approvalTimeout: 60_000,
  warmup: 0,
  compare: true,
  tolerance: 1.25,
  alpha: 0.01,
  dispersion: 1,
  maxErrorRate: undefined,
  maxP95: undefined,
  maxP99: undefined,
  minRequests: 50,
  detect: 100,
  maxBlind: 15_000,
  mode: "enforce",
  onInconclusive: "rollback",
  onCancel: "rollback",
};

/** Starts everything, and waits until Prometheus knows the stable release well enough to judge another by it. */
export async function startDataPlane(): Promise<DataPlane> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "ship-data-plane-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const blue: Behaviour = { ...healthy };
  const green: Behaviour = { ...healthy };
  const start = async (release: string, behaviour: Behaviour) =>
    stack.use(await startBackend(release, behaviour)).port;
  const ports = {
    blue: [await start("blue", blue), await start("blue", blue)],
    green: [await start("green", green), await start("green", green)],
  };
  const haproxy = stack.use(await startHaproxy(folder, ports));
  const jobs = { shop: [...ports.blue, ...ports.green], haproxy: [haproxy.metricsPort] };
  const prometheus = stack.use(await startPrometheus(folder, jobs));
  const traffic = startTraffic({ url: haproxy.url, rate: requestsPerSecond });
  stack.defer(async () => void (await traffic.stop()));

  const log = recordingLog();
  const open = (queries: QueryTemplates, period = usualPeriod) =>
    createPrometheusMetrics(
      {
        address: readAddress(prometheus.url, undefined),
        queries,
        arms: { stable: "blue", canary: "green" },
        period,
        lag: 2_000,
        limits: [],
      },
      { fetch, clock: systemClock, log },
    );
  const metrics = open(counters);
  await eventually(
    "Prometheus to know the stable release",
    async () => {
      const baseline = await metrics.baseline(Date.now());
      return baseline !== "no-data" && baseline.requests >= 1_000 && baseline.latency !== undefined;
    },
    60_000,
  );
  const target = haproxyTarget(haproxy);
  const owned = stack.move();
  return {
    haproxy,
    traffic,
    green,
    target,
    metrics: open,
    async reset() {
      Object.assign(green, healthy);
      await haproxy.command("enable frontend metrics");
      await target.restore();
      await systemClock.sleep(2 * usualPeriod);
    },
    rollOut: (settings = {}) =>
      rollOut(
        { ...usual, ...settings },
        {
          target,
          metrics,
          clock: systemClock,
          log,
          signal: new AbortController().signal,
          onCancel: () => () => {},
          unsettled() {},
        },
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
