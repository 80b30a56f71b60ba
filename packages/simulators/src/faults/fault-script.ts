import { type Fault, type FaultRule, faultRule, type ParsedFaultRule } from "./fault.ts";
import { seededRandom } from "./seeded-random.ts";

/** The faults to come. Rules are tried in the order they were added; the first that strikes decides. */
export interface FaultScript {
  /** Adds a rule. Throws a `ZodError` for one that makes no sense. */
  add(...rules: readonly FaultRule[]): void;
  clear(): void;
  readonly rules: readonly ParsedFaultRule[];
  /** The fault that strikes this call, if any. Counts the call against every rule it matches. */
  strike(service: string, action: string): Fault | undefined;
}

interface CountedRule {
  readonly rule: ParsedFaultRule;
  seen: number;
}

/** Creates a {@link FaultScript}; the same `seed` gives the same random faults. */
export function createFaultScript(rules: readonly FaultRule[] = [], seed = 1): FaultScript {
  const random = seededRandom(seed);
  let counted: CountedRule[] = [];

  const strikes = (entry: CountedRule): boolean => {
    entry.seen += 1;
    const { nth, times, probability } = entry.rule;
    if (nth !== undefined && entry.seen !== nth) return false;
    if (times !== undefined && entry.seen > times) return false;
    return probability === undefined || random() < probability;
  };

  const script: FaultScript = {
    add(...added) {
      counted.push(...added.map((rule) => ({ rule: faultRule.parse(rule), seen: 0 })));
    },
    clear() {
      counted = [];
    },
    get rules() {
      return counted.map((entry) => entry.rule);
    },
    strike(service, action) {
      const struck = counted.filter((entry) => matches(entry.rule, service, action)).filter(strikes);
      return struck[0]?.rule.fault;
    },
  };
  script.add(...rules);
  return script;
}

function matches(rule: ParsedFaultRule, service: string, action: string): boolean {
  return (
    (rule.service === undefined || rule.service === service) &&
    (rule.action === undefined || rule.action === action)
  );
}
