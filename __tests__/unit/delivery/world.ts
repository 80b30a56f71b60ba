import {
  type Baseline,
  type BinQuery,
  type Metrics,
  type SeenArm,
  type SeenBin,
  shareDuring,
  type TrafficTarget,
} from "#ship/delivery";
import { type ManualClock, ShipError } from "#ship/kit";

/** How a release behaves at a moment, `since` milliseconds after the first shift. Shares are fractions. */
export interface Behaviour {
  readonly errors: number;
  /** Share of requests slower than the stable release's p95 edge, and than its p99 edge. */
  readonly slow?: readonly [p95: number, p99: number];
}

export interface WorldOptions {
  readonly clock: ManualClock;
  readonly seed?: number;
  readonly requestsPerSecond?: number;
  readonly period?: number;
  readonly lag?: number;
  stable?(since: number): Behaviour;
  canary?(since: number): Behaviour;
  /** Whether metrics of the canary exist for a bin that starts `since` milliseconds after the first shift. */
  hasMetrics?(since: number): boolean;
  /** The same for the stable release. */
  hasStableMetrics?(since: number): boolean;
  readonly baseline?: Baseline | "no-data";
  readonly firstShare?: number;
}

/** A service with two releases, whose traffic is counted as a real one's would be. Everything a test may look at or break. */
export interface World {
  readonly target: TrafficTarget;
  readonly metrics: Metrics;
  share: number;
  /** Every share written, in order. */
  readonly written: { readonly at: number; readonly share: number }[];
  readonly retired: string[];
  healthyCanaries: number;
  registeredCanaries: number;
  healthyStables: number;
  /** Called before the write of a share; may throw, or change the world. */
  beforeRoute: (share: number) => void;
  /** Restoring calls still to be refused. */
  refusals: number;
  /** Restoring calls still to be accepted without any effect. */
  idleRestores: number;
  metricsFailure: ShipError | undefined;
}

const slowNormally: readonly [number, number] = [0.05, 0.01];
const edges = { p95: 0.2, p99: 0.4 };
/** What is known of a release whose metrics do not arrive. */
const lost: SeenArm = { requests: "unknown", errors: "unknown", slower: "unknown" };

export const steadyBaseline: Baseline = {
  requests: 360_000,
  errors: 3_600,
  over: 3_600_000,
  latency: edges,
};

export function createWorld(options: WorldOptions): World {
  const { clock, requestsPerSecond = 100, period = 60_000, lag = 60_000 } = options;
  const random = generator(options.seed ?? 1);
  const bins = new Map<number, SeenBin>();
  const world: World = {
    share: options.firstShare ?? 0,
    written: [],
    retired: [],
    healthyCanaries: 4,
    registeredCanaries: 4,
    healthyStables: 4,
    beforeRoute: () => {},
    refusals: 0,
    idleRestores: 0,
    metricsFailure: undefined,
    target: {
      inspect: async () => ({
        split: { canary: world.share },
        stable: { name: "blue" },
        canary: { name: "green" },
        warnings: [],
      }),
      async route({ canary }) {
        world.beforeRoute(canary);
        if (canary === world.share) return;
        world.share = canary;
        world.written.push({ at: clock.now(), share: canary });
      },
      async restore() {
        if (world.refusals > 0) {
          world.refusals -= 1;
          throw new ShipError("SERVICE_UNAVAILABLE", "The balancer does not answer.");
        }
        if (world.idleRestores > 0) {
          world.idleRestores -= 1;
          return;
        }
        world.share = 0;
        world.written.push({ at: clock.now(), share: 0 });
      },
      restoreByHand: () => "balancer set stable=100",
      health: async ({ name }) => ({
        healthy: name === "green" ? world.healthyCanaries : world.healthyStables,
        registered: name === "green" ? world.registeredCanaries : 4,
        reasons:
          name === "green" && world.healthyCanaries < 4 ? ["10.0.0.9 is unhealthy (codes: [500])"] : [],
      }),
      async retire({ name }) {
        world.retired.push(name);
      },
    },
    metrics: {
      period,
      lag,
      baseline: async () => options.baseline ?? steadyBaseline,
      async bins(query) {
        if (world.metricsFailure) throw world.metricsFailure;
        const first = Math.floor(query.from / period) * period;
        const end = Math.floor((query.to - lag) / period) * period;
        const asked: SeenBin[] = [];
        for (let start = first; start < end; start += period) {
          const bin = bins.get(start) ?? makeBin(start, query);
          bins.set(start, bin);
          asked.push(bin);
        }
        return asked;
      },
    },
  };

  function makeBin(start: number, query: BinQuery): SeenBin {
    const end = start + period;
    const since = Math.max(0, start - query.from);
    const all = poisson((requestsPerSecond * period) / 1_000);
    const share = shareDuring(world.written, start, end);
    const toCanary = Math.min(all, poisson(all * share));
    const hasMetrics = options.hasMetrics?.(since) ?? true;
    const stable = arm(all - toCanary, options.stable?.(since), query.edges);
    const canary = arm(toCanary, options.canary?.(since), query.edges);
    const hasStableMetrics = options.hasStableMetrics?.(since) ?? true;
    return {
      start,
      end,
      stable: hasStableMetrics ? stable : lost,
      canary: hasMetrics ? canary : lost,
    };
  }

  function arm(
    requests: number,
    { errors, slow = slowNormally }: Behaviour = { errors: 0.01 },
    asked: readonly number[],
  ): SeenArm {
    const count = (share: number) => Math.min(requests, poisson(requests * share));
    return {
      requests,
      errors: count(errors),
      slower: asked.map((edge) => count(edge < edges.p99 ? slow[0] : slow[1])),
      p95: 0.12,
    };
  }

  function poisson(mean: number): number {
    if (mean > 50) {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
    }
    const limit = Math.exp(-mean);
    let product = random();
    let count = 0;
    for (; product > limit; count += 1) product *= random();
    return count;
  }

  return world;
}

/** Mulberry32: the same seed gives the same traffic. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
