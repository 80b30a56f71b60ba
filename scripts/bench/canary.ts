/** What the rules of canaries are worth: false rollbacks, and how soon a bad release is back. */
import { type Expectation, expectations } from "./canary/expectations.ts";
import { minute } from "./canary/rule.ts";
import { quiet } from "./canary/rules/ship.ts";
import { allRules, type Outcome, tryOut } from "./canary/study.ts";
import { badTable, healthyTable } from "./canary/tables.ts";
import { badTraces, healthyTraces } from "./canary/traces.ts";

/**
 * Replays every trace for our gates and the peers' rules, prints a table of healthy canaries and one of bad ones, and fails
 * when ours do not keep what they promise.
 * @param runs rollouts of each rule in each trace
 */
export async function benchCanary(runs: number): Promise<void> {
  const { ours, peers, edges } = await allRules();
  const rules = [...ours, ...peers];
  const outcomes: Outcome[] = [];
  for (const rule of rules) {
    for (const trace of [...healthyTraces, ...badTraces]) outcomes.push(tryOut(rule, trace, edges, runs));
  }
  const { minRequests, detect, maxStep } = quiet.settings;
  const conditions = [
    `${runs} rollouts of each rule in each world: 5/10/25/50 % for 10 minutes each, 100 requests a second unless said,`,
    "bins of a minute that arrive a minute later, lognormal latency (100 ms, p99 404 ms). At half a request a second ship has",
    `min-requests ${minRequests}, detect ${detect} and max-step ${maxStep / minute}m.`,
  ];
  console.log(`${conditions.join("\n")}\n`);
  console.log(`Healthy canary: % of rollouts rolled back\n\n${healthyTable(rules, outcomes)}\n`);
  console.log(
    `Bad canary: median/p90 minutes to rollback, then mean bad requests served\n\n${badTable(rules, outcomes)}\n`,
  );
  const broken = expectations.filter((expectation) => !isMet(expectation, outcomes));
  if (broken.length > 0) throw new Error(broken.map(({ what }) => `Not kept: ${what}.`).join("\n"));
  console.log(`All ${expectations.length} promises are kept.`);
}

function isMet({ rule, trace, holds }: Expectation, outcomes: readonly Outcome[]): boolean {
  const outcome = outcomes.find((one) => one.rule === rule && one.trace === trace);
  return outcome !== undefined && holds(outcome);
}
