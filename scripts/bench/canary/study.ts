/** Many rollouts of many rules in many worlds, and what came of them. */

import { rollOut } from "./rollout.ts";
import { type Rule, slowFrom } from "./rule.ts";
import { kayenta } from "./rules/kayenta.ts";
import { argo, cdk, cloudWatch, flagger, releaseManager } from "./rules/peers.ts";
import { shipRule } from "./rules/ship.ts";
import type { Trace } from "./traces.ts";

/** What many rollouts of one rule in one world came to. */
export interface Outcome {
  readonly rule: string;
  readonly trace: string;
  /** Share of the rollouts that were rolled back. */
  readonly rolledBack: number;
  /** Of those that were rolled back. */
  readonly median: number;
  readonly ninety: number;
  /** Mean over all. */
  readonly bad: number;
}

/** All rules: ours with two tolerances, and the peers'. */
export async function allRules(): Promise<{
  readonly ours: readonly Rule[];
  readonly peers: readonly Rule[];
  readonly edges: readonly number[];
}> {
  const usual = await shipRule("ship default");
  return {
    edges: [...usual.edges, slowFrom],
    ours: [usual, await shipRule("ship strict 1.1", { tolerance: 1.1 })],
    peers: [
      flagger("Flagger doc", 10),
      flagger("Flagger threshold 1", 1),
      argo("Argo doc", { success: 0.95, every: 5 }),
      argo("Argo tuned", { success: 0.99, every: 1 }),
      kayenta("Kayenta vs stable", "stable"),
      kayenta("Kayenta equal arm", "twin"),
      cloudWatch("CW 3-of-3", 3),
      cloudWatch("CW 1-of-1", 1),
      cdk,
      releaseManager,
    ],
  };
}

/** Tries a rule in a world `runs` times; the same seeds for every rule. */
export function tryOut(rule: Rule, trace: Trace, edges: readonly number[], runs: number): Outcome {
  const endings = Array.from({ length: runs }, (_, index) => rollOut(rule, trace, edges, index + 1));
  const times = endings
    .filter(({ isRolledBack }) => isRolledBack)
    .map(({ minutes }) => minutes)
    .sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    rule: rule.name,
    trace: trace.name,
    rolledBack: times.length / runs,
    median: at(0.5),
    ninety: at(0.9),
    bad: endings.reduce((sum, { bad }) => sum + bad, 0) / runs,
  };
}
