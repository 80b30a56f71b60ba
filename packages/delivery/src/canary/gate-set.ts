import { formatDuration } from "#ship/kit";
import type { Evidence, Gate } from "../gate.ts";
import { ceilingGate } from "../gates/ceiling.ts";
import { type FrozenEdge, freezeEdge, latencyAgainstStable } from "../gates/latency.ts";
import type { Ceiling } from "../gates/sick-baseline.ts";
import { negligibleShare, twoArmErrors } from "../gates/two-arm-errors.ts";
import type { ArmCounts, Baseline } from "../metrics.ts";
import type { ScheduleStep } from "./schedule.ts";
import { rate, totalsOf } from "./totals.ts";
import { isAlone } from "./weights.ts";

/** What a release is judged by. Times are milliseconds, shares fractions. */
export interface GateSettings {
  /** Compare with the stable release while both run. */
  readonly compare: boolean;
  readonly tolerance: number;
  /** Chance that a healthy release is rolled back, over the whole rollout and all gates together. */
  readonly alpha: number;
  readonly dispersion: number;
  readonly warmup: number;
  readonly maxErrorRate: number | undefined;
  readonly maxP95: number | undefined;
  readonly maxP99: number | undefined;
}

/** The gates of a rollout. */
export interface GateSet {
  readonly gates: readonly Gate[];
  /** α of one gate: the rollout's, divided by their number. */
  readonly gateAlpha: number;
  /** Latency edges in seconds that the gates look at, ascending. */
  readonly edges: readonly number[];
  /** False when no gate could tell a bad release: nothing to compare with, no limit, and no baseline. */
  readonly canJudge: boolean;
}

/** While alone, the canary may be worse than the frozen baseline by this factor. */
const aloneFactor = 1.5;
const unseenErrors = 3;

/** A limit on a percentile: no more than `share` of the requests may be slower than `edge` seconds. */
interface SlowLimit {
  readonly name: string;
  readonly edge: number;
  readonly share: number;
}

/** Builds the gates of a rollout and divides α between them. Needs what the stable release did before the first shift. */
export function createGates(
  settings: GateSettings,
  steps: readonly ScheduleStep[],
  baseline: Baseline | "no-data",
): GateSet {
  const before = baseline === "no-data" ? undefined : baseline;
  const frozen = settings.compare && before?.latency ? freeze(before.latency) : [];
  const limits = slowLimits(settings);
  const edges = [
    ...new Set([
      ...frozen.flatMap((edge) => [edge.stable, edge.canary]),
      ...limits.map((limit) => limit.edge),
    ]),
  ].sort((a, b) => a - b);
  const slower = (edge: number) => (counts: ArmCounts) => counts.slower[edges.indexOf(edge)] ?? 0;
  const { dispersion, tolerance, warmup, maxErrorRate } = settings;

  const makers: ((alpha: number) => Gate)[] = [];
  const isShared = steps.some((step) => step.share < 1);
  if (isShared && settings.compare) {
    makers.push((alpha) => twoArmErrors({ tolerance, dispersion }, alpha));
    if (frozen.length > 0)
      makers.push((alpha) => latencyAgainstStable({ frozen, edges, dispersion, warmup }, alpha));
  }
  if (isShared && maxErrorRate !== undefined) {
    const ceilings = () => [{ what: "errors", share: maxErrorRate, bad: errorsOf }];
    makers.push((alpha) =>
      ceilingGate({ name: "max-error-rate", phase: "beside-stable", ceilings, dispersion, warmup: 0 }, alpha),
    );
  }
  for (const { name, edge, share } of isShared ? limits : []) {
    const ceilings = () => [{ what: slowerThan(edge), share, bad: slower(edge) }];
    makers.push((alpha) =>
      ceilingGate({ name, phase: "beside-stable", ceilings, dispersion, warmup }, alpha),
    );
  }
  makers.push((alpha) =>
    ceilingGate(
      {
        name: "errors at 100 %",
        phase: "alone",
        ceilings: (evidence) => [
          { what: "errors", share: aloneLimit(evidence, before, maxErrorRate ?? 0), bad: errorsOf },
        ],
        dispersion,
        warmup: 0,
      },
      alpha,
    ),
  );
  if (edges.length > 0) {
    const ceilings = (evidence: Evidence): Ceiling[] => [
      ...limits.map(({ edge, share }) => ({
        what: slowerThan(edge),
        share: slowLimitAlone(evidence, slower(edge), share),
        bad: slower(edge),
      })),
      ...frozen.map(({ canary, beyond }) => ({
        what: slowerThan(canary),
        share: aloneFactor * beyond,
        bad: slower(canary),
      })),
    ];
    makers.push((alpha) =>
      ceilingGate({ name: "latency at 100 %", phase: "alone", ceilings, dispersion, warmup }, alpha),
    );
  }
  const gateAlpha = settings.alpha / makers.length;
  const canJudge =
    (isShared && settings.compare) || maxErrorRate !== undefined || (before?.requests ?? 0) > 0;
  return { gates: makers.map((make) => make(gateAlpha)), gateAlpha, edges, canJudge };
}

const errorsOf = (counts: ArmCounts) => counts.errors;
const slowerThan = (edge: number) => `requests slower than ${formatDuration(edge * 1_000)}`;

function freeze({ p95, p99 }: { readonly p95: number; readonly p99: number }): readonly FrozenEdge[] {
  return [freezeEdge("p95", 0.05, p95), freezeEdge("p99", 0.01, p99)];
}

function slowLimits({ maxP95, maxP99 }: GateSettings): readonly SlowLimit[] {
  return [
    ...(maxP95 === undefined ? [] : [{ name: "max-p95", edge: maxP95 / 1_000, share: 0.05 }]),
    ...(maxP99 === undefined ? [] : [{ name: "max-p99", edge: maxP99 / 1_000, share: 0.01 }]),
  ];
}

/**
 * Errors accepted while nothing runs beside the canary: the limit asked for, or one and a half times what stable did at
 * most. Few requests say little, so three errors are added: with none seen, the true rate is below 3/n at 95 %.
 */
function aloneLimit({ bins, weights }: Evidence, before: Baseline | undefined, asked: number): number {
  const beside = totalsOf(
    bins.filter((bin) => !isAlone(bin, weights)),
    "stable",
  );
  const known = {
    requests: beside.requests + (before?.requests ?? 0),
    errors: beside.errors + (before?.errors ?? 0),
  };
  return usable(Math.max(asked, aloneFactor * rate({ ...known, errors: known.errors + unseenErrors })));
}

function slowLimitAlone({ bins }: Evidence, slow: (counts: ArmCounts) => number, asked: number): number {
  const known = bins.map((bin) => bin.stable).filter((counts): counts is ArmCounts => counts !== "no-data");
  const requests = known.reduce((sum, counts) => sum + counts.requests, 0);
  const share = requests === 0 ? 0 : known.reduce((sum, counts) => sum + slow(counts), 0) / requests;
  return usable(Math.max(asked, aloneFactor * share));
}

/** A ceiling must lie above 0 and below the highest alternative for the test to be one. */
function usable(share: number): number {
  return Math.min(0.9, Math.max(negligibleShare, share));
}
