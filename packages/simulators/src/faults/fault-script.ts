import { z } from "zod";
import { type Fault, type FaultRule, faultRule, type ParsedFaultRule } from "./fault.ts";
import { seededRandom } from "./seeded-random.ts";

/** When a fault strikes, whatever faults there are. */
interface Strike {
  readonly service?: string | undefined;
  readonly action?: string | undefined;
  readonly nth?: number | undefined;
  readonly times?: number | undefined;
  readonly probability?: number | undefined;
}

/** The faults to come. Rules are tried in the order they were added; the first that strikes decides. */
export interface FaultScript<Given = FaultRule, Parsed = ParsedFaultRule, Struck = Fault> {
  /** Adds a rule. Throws a `ZodError` for one that makes no sense. */
  add(...rules: readonly Given[]): void;
  /** Adds one rule or a list of them that came from outside; all or, throwing a `ZodError`, none. */
  take(rules: unknown): void;
  clear(): void;
  readonly rules: readonly Parsed[];
  /** The fault that strikes this call, if any. Counts the call against every rule it matches. */
  strike(service: string, action: string): Struck | undefined;
}

/** Creates a {@link FaultScript}; the same `seed` gives the same random faults. */
export function createFaultScript(rules: readonly FaultRule[] = [], seed = 1): FaultScript {
  return createScript(faultRule, rules, seed);
}

/** Creates a script of faults of any kind, whose rules have the given schema. */
export function createScript<Given, Struck, Parsed extends Strike & { readonly fault: Struck }>(
  rule: z.ZodType<Parsed, Given>,
  rules: readonly Given[],
  seed: number,
): FaultScript<Given, Parsed, Parsed["fault"]> {
  const random = seededRandom(seed);
  let counted: { readonly rule: Parsed; seen: number }[] = [];

  const strikes = (entry: { readonly rule: Parsed; seen: number }): boolean => {
    entry.seen += 1;
    const { nth, times, probability } = entry.rule;
    if (nth !== undefined && entry.seen !== nth) return false;
    if (times !== undefined && entry.seen > times) return false;
    return probability === undefined || random() < probability;
  };

  const script: FaultScript<Given, Parsed, Parsed["fault"]> = {
    add(...added) {
      script.take(added);
    },
    take(given) {
      const parsed = z.array(rule).parse(Array.isArray(given) ? given : [given]);
      counted.push(...parsed.map((each) => ({ rule: each, seen: 0 })));
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

function matches(rule: Strike, service: string, action: string): boolean {
  return (
    (rule.service === undefined || rule.service === service) &&
    (rule.action === undefined || rule.action === action)
  );
}
