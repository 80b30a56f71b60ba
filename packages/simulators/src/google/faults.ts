import { z } from "zod";
import { callerFaults, ruleOf } from "../faults/fault.ts";
import { createScript, type FaultScript } from "../faults/fault-script.ts";

/**
 * What can go wrong with a call of a Google API, besides what can happen to any call:
 * - `throttle`: 429 RESOURCE_EXHAUSTED with Retry-After;
 * - `server-error`: 500 INTERNAL, or 503 UNAVAILABLE unless told;
 * - `conflict`: ABORTED, as when somebody else wrote at the same moment; 409, or 412 where a proxy answers preconditions.
 */
export const googleFault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("throttle"), retryAfterSeconds: z.number().min(0).default(1) }),
  z.strictObject({
    kind: z.literal("server-error"),
    status: z.union([z.literal(500), z.literal(503)]).default(503),
  }),
  z.strictObject({
    kind: z.literal("conflict"),
    status: z.union([z.literal(409), z.literal(412)]).default(409),
  }),
  ...callerFaults,
]);

/** When a fault strikes: by API (`run`) and method (`services.patch`); see `faultRule`. */
export const googleFaultRule = ruleOf(googleFault);

/** See {@link googleFault}. */
export type GoogleFaultKind = z.output<typeof googleFault>;
/** See {@link googleFaultRule}; defaults may be left out. */
export type GoogleFaultRule = z.input<typeof googleFaultRule>;
/** The faults to come in a simulated project. */
export type GoogleFaultScript = FaultScript<
  GoogleFaultRule,
  z.output<typeof googleFaultRule>,
  GoogleFaultKind
>;

/** Creates a {@link GoogleFaultScript}; the same `seed` gives the same random faults. */
export function createGoogleFaults(rules: readonly GoogleFaultRule[] = [], seed = 1): GoogleFaultScript {
  return createScript(googleFaultRule, rules, seed);
}
