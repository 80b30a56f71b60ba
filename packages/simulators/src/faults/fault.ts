import { z } from "zod";

/** What can happen to any call of any cloud; see {@link fault}. */
export const callerFaults = [
  z.strictObject({ kind: z.literal("reset") }),
  z.strictObject({ kind: z.literal("lost-answer") }),
  z.strictObject({ kind: z.literal("delay"), milliseconds: z.number().min(0).max(3_600_000) }),
  z.strictObject({ kind: z.literal("denied") }),
  z.strictObject({ kind: z.literal("expired-token") }),
  z.strictObject({ kind: z.literal("hang") }),
] as const;

/**
 * What can go wrong with a call:
 * - `throttle`: the service's own throttling error;
 * - `server-error`: HTTP 500 or 503;
 * - `reset`: the connection is cut before the service sees the call;
 * - `lost-answer`: the service carries the call out, then the connection is cut;
 * - `delay`: the call is carried out after `milliseconds` on the simulation's clock;
 * - `denied`: the caller's policy does not allow the action;
 * - `expired-token`: the caller's session has ended;
 * - `hang`: no answer ever comes.
 */
export const fault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("throttle") }),
  z.strictObject({
    kind: z.literal("server-error"),
    status: z.union([z.literal(500), z.literal(503)]).default(500),
  }),
  ...callerFaults,
]);

/**
 * When a fault strikes. `service` and `action` narrow the calls (absent: all); of those, `nth` strikes the nth one
 * (from 1), `times` the first so many, `probability` each with that chance; with none of them every call is struck.
 */
export function ruleOf<Schema extends z.ZodType>(struck: Schema) {
  return z
    .strictObject({
      service: z.string().min(1).optional(),
      action: z.string().min(1).optional(),
      nth: z.int().min(1).optional(),
      times: z.int().min(1).optional(),
      probability: z.number().min(0).max(1).optional(),
      fault: struck,
    })
    .refine((rule) => rule.nth === undefined || rule.times === undefined, {
      error: "give either nth or times, not both",
    });
}

/** A rule for calls of the simulated AWS. */
export const faultRule = ruleOf(fault);

/** See {@link fault}. */
export type Fault = z.output<typeof fault>;
/** See {@link faultRule}; defaults may be left out. */
export type FaultRule = z.input<typeof faultRule>;
/** A rule with its defaults filled in. */
export type ParsedFaultRule = z.output<typeof faultRule>;
