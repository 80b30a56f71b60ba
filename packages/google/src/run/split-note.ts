import * as z from "zod/mini";
import type { Service } from "./model.ts";

/**
 * What a rollout leaves on the service, in the same write as the traffic it speaks of, so that a later process can undo it.
 * Cloud Run refuses its own prefixes only (Cloud Run Admin API v2: Service.annotations).
 */
export interface SplitNote {
  /** The revision that served before the first shift. */
  readonly stable: string;
  /** The service's least number of instances before, and while the canary has much of the traffic. */
  readonly instances?: { readonly before: number; readonly during: number } | undefined;
}

const annotation = "ship/canary-split";
const note = z.object({
  stable: z.string(),
  instances: z.optional(z.object({ before: z.number(), during: z.number() })),
});

/** The note on a service; `undefined` when there are none that can be read. */
export function readSplitNote({ annotations }: Service): SplitNote | undefined {
  const text = annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    const read = note.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** All annotations of a service, with this note. */
export function withSplitNote({ annotations }: Service, left: SplitNote): Readonly<Record<string, string>> {
  return { ...annotations, [annotation]: JSON.stringify(left) };
}
