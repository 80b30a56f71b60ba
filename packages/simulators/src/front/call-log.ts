import type { JsonObject } from "../service.ts";

/** One call as it went over the wire. */
export interface CallRecord {
  /** When the call arrived, milliseconds since the epoch on the simulation's clock. */
  readonly at: number;
  readonly service: string;
  readonly action: string;
  readonly input: JsonObject;
  readonly region: string;
  readonly accessKeyId?: string;
  /** HTTP status sent; 0 when the connection was cut instead. */
  readonly status: number;
  readonly errorCode?: string;
  /** Kind of the injected fault, when one struck. */
  readonly fault?: string;
  /** Whether the service carried the call out, even if the caller never heard of it. */
  readonly applied: boolean;
  /** Real time from arrival to answer. */
  readonly milliseconds: number;
}

/** A call that has arrived and is not carried out yet. */
export type Arrival = Pick<CallRecord, "service" | "action" | "input">;

/** Every call since the start, oldest first. */
export interface CallLog {
  readonly all: readonly CallRecord[];
  /** Calls of one service, or of one of its actions. */
  of(service: string, action?: string): readonly CallRecord[];
  /** Tells `listener` of every further call. Answers a function that ends it. */
  follow(listener: (call: CallRecord) => void): () => void;
  /** Tells `listener` of every further call before anything is done about it. Answers a function that ends it. */
  arrivals(listener: (call: Arrival) => void): () => void;
  add(call: CallRecord): void;
  arrive(call: Arrival): void;
}

/** Creates an empty {@link CallLog}. It keeps the newest `limit` calls. */
export function createCallLog(limit = 10_000): CallLog {
  const all: CallRecord[] = [];
  const listeners = new Set<(call: CallRecord) => void>();
  const arrivals = new Set<(call: Arrival) => void>();
  return {
    all,
    of: (service, action) =>
      all.filter((call) => call.service === service && (action === undefined || call.action === action)),
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    arrivals(listener) {
      arrivals.add(listener);
      return () => arrivals.delete(listener);
    },
    arrive(call) {
      for (const listener of arrivals) listener(call);
    },
    add(call) {
      all.push(call);
      if (all.length > limit) all.shift();
      for (const listener of listeners) listener(call);
    },
  };
}
