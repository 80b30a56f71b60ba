import type { Rule } from "./rule.ts";
import type { Outcome } from "./study.ts";
import { badTraces, healthyTraces, type Trace } from "./traces.ts";

/** A rule that rolls back this share of healthy rollouts does not detect anything. */
const noDetection = 0.1;
/** Below this share, a rule is said never to roll back. */
const never = 0.01;

/** Healthy canaries as a Markdown table: percent of the rollouts that were rolled back. */
export function healthyTable(rules: readonly Rule[], outcomes: readonly Outcome[]): string {
  return table(rules, healthyTraces, (rule, trace) => percent(find(outcomes, rule, trace.name).rolledBack));
}

/** Bad canaries as a Markdown table: median and ninth decile of the minutes to rollback, mean of the bad requests. */
export function badTable(rules: readonly Rule[], outcomes: readonly Outcome[]): string {
  return table(rules, badTraces, (rule, trace) => {
    const { rolledBack, median, ninety, bad } = find(outcomes, rule, trace.name);
    if (rolledBack < never) return `never, ${bad.toFixed(0)}`;
    const caught = rolledBack > 1 - never ? "" : ` (${percent(rolledBack)} %)`;
    const isBlind =
      trace.healthy !== undefined && find(outcomes, rule, trace.healthy).rolledBack >= noDetection;
    return `${median}/${ninety}, ${bad.toFixed(0)}${caught}${isBlind ? "*" : ""}`;
  });
}

function table(
  rules: readonly Rule[],
  traces: readonly Trace[],
  cell: (rule: Rule, trace: Trace) => string,
): string {
  const rows = [
    ["rule", ...traces.map(({ name }) => name)],
    ["---", ...traces.map(() => "---")],
    ...rules.map((rule) => [rule.name, ...traces.map((trace) => cell(rule, trace))]),
  ];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function find(outcomes: readonly Outcome[], rule: Rule, trace: string): Outcome {
  const found = outcomes.find((outcome) => outcome.rule === rule.name && outcome.trace === trace);
  if (!found) throw new Error(`${rule.name} was not tried at ${trace}.`);
  return found;
}

function percent(share: number): string {
  const value = share * 100;
  return String(Number(value.toFixed(value > 0 && value < 10 ? 1 : 0)));
}
