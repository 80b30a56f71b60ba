import { z } from "zod";
import { ruleOf } from "../faults/fault.ts";
import { createScript } from "../faults/fault-script.ts";

/**
 * What can go wrong with a query:
 * - `error`: an error as the API words it, with its HTTP status;
 * - `warning`: an answer that says parts of it may be missing;
 * - `page`: a web page of something in front of the server, with its HTTP status;
 * - `redirect`: to a login page;
 * - `reset`: the connection is cut; `hang`: no answer ever comes.
 */
export const prometheusFault = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("error"),
    status: z.int().min(400).max(599),
    errorType: z.string(),
    error: z.string(),
    retryAfter: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("warning"), warning: z.string() }),
  z.strictObject({ kind: z.literal("page"), status: z.int().min(200).max(599) }),
  z.strictObject({ kind: z.literal("redirect"), to: z.string() }),
  z.strictObject({ kind: z.literal("reset") }),
  z.strictObject({ kind: z.literal("hang") }),
]);

const rule = ruleOf(prometheusFault);

/** A rule for queries; `action` is the endpoint, `query` or `query_range`. */
export type PrometheusFaultRule = z.input<typeof rule>;

/** See {@link prometheusFault}. */
export type PrometheusFault = z.output<typeof prometheusFault>;

/** Creates the faults to come of a simulated Prometheus. */
export function createPrometheusFaults(rules: readonly PrometheusFaultRule[] = []) {
  return createScript<PrometheusFaultRule, PrometheusFault, z.output<typeof rule>>(rule, rules, 1);
}
