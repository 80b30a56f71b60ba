import type { Outcome } from "./study.ts";
import { healthyTraces } from "./traces.ts";

/** What our gates promise about one world. */
export interface Expectation {
  readonly what: string;
  readonly rule: string;
  readonly trace: string;
  holds(outcome: Outcome): boolean;
}

const [usual, strict] = ["ship default", "ship strict 1.1"];
/** Of a hundred bad canaries, so many may be missed. */
const missed = 0.01;

const healthy: readonly Expectation[] = [usual, strict].flatMap((rule) =>
  healthyTraces.map((trace) => ({
    what: `${rule} rolls at most 1 % of healthy rollouts back at ${trace.name}`,
    rule,
    trace: trace.name,
    holds: ({ rolledBack }: Outcome) => rolledBack <= 0.01,
  })),
);

const soon = (rule: string, trace: string, minutes: number): Expectation => ({
  what: `${rule} rolls back within ${minutes} min (median) at ${trace}`,
  rule,
  trace,
  holds: ({ median, rolledBack }) => median <= minutes && rolledBack >= 1 - missed,
});

/** Every promise that the benchmark holds our gates to. */
export const expectations: readonly Expectation[] = [
  ...healthy,
  soon(usual, "5 % errors", 2),
  soon(usual, "50 % errors", 2),
  soon(usual, "latency ×2", 2),
  soon(usual, "leak +.5 pt/min from 25 %", 5),
  soon(usual, "1→2 %", 16),
  soon(strict, "1→2 %", 12),
  soon(usual, ".5 rps, 10 % errors", 30),
  soon(usual, "never any metrics, 5 % errors", 16),
];
