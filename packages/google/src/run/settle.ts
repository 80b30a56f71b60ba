import { poll, ShipError } from "#ship/kit";
import type { CloudRunApi } from "./api.ts";
import { failureOf, isObserved } from "./conditions.ts";
import type { Operation, Service } from "./model.ts";
import { isSame, type Shares, sharesInForce, sharesOf } from "./traffic.ts";

/** What {@link awaitDivision} waits with. */
export interface AwaitOptions {
  readonly api: CloudRunApi;
  readonly clock: Parameters<typeof poll>[1]["clock"];
  readonly signal: AbortSignal;
  /** The write to wait for; absent when its answer was lost, or when there was nothing to write. */
  readonly operation: Operation | undefined;
}

const pause = 500;
/** Traffic moves within seconds; after this long something is wrong. Milliseconds. */
const limit = 180_000;

/**
 * Waits until a division is in force: the operation has ended, and Cloud Run reports the percentages that were written.
 * @throws ShipError `TRAFFIC_DRIFTED` when somebody writes another division meanwhile, `TRAFFIC_NOT_APPLIED` when Cloud Run
 *   cannot carry it out or takes too long
 */
export async function awaitDivision(wanted: Shares, options: AwaitOptions): Promise<Service> {
  const { api, clock, signal } = options;
  let last: Service | undefined;
  const timing = { clock, signal, everyMilliseconds: pause, timeoutMilliseconds: limit };
  await awaitOperation(wanted, options, timing);
  return poll(
    async () => {
      last = await api.service(signal);
      const written = sharesOf(last);
      if (!isSame(written, wanted)) {
        throw new ShipError(
          "TRAFFIC_DRIFTED",
          `${api.resource} was given ${inWords(wanted)}, and is read back with ${inWords(written)}.`,
        );
      }
      // A service can be called failed for a revision that has no traffic: what is in force comes first.
      if (isObserved(last) && isSame(sharesInForce(last), wanted)) return last;
      const failure = failureOf(last);
      if (failure !== undefined) throw notApplied(api, wanted, failure);
      return undefined;
    },
    {
      ...timing,
      onTimeout: () => notApplied(api, wanted, `after ${limit / 1_000} s it still serves ${inForce(last)}`),
    },
  );
}

async function awaitOperation(
  wanted: Shares,
  { api, operation, signal }: AwaitOptions,
  timing: Omit<Parameters<typeof poll>[1], "onTimeout">,
): Promise<void> {
  if (operation === undefined) return;
  let latest = operation;
  const done = await poll(
    async () => {
      if (latest.done === true) return latest;
      latest = await api.operation(operation.name, signal);
      return latest.done === true ? latest : undefined;
    },
    {
      ...timing,
      onTimeout: () => notApplied(api, wanted, `the operation has not ended after ${limit / 1_000} s`),
    },
  );
  if (done.error !== undefined)
    throw notApplied(api, wanted, done.error.message ?? `code ${done.error.code ?? "unknown"}`);
}

/** A division for people: `95 % shop-00006, 5 % shop-00007`. */
export function inWords(shares: Shares): string {
  return [...shares].map(([name, percent]) => `${percent} % ${name}`).join(", ") || "no traffic";
}

function inForce(service: Service | undefined): string {
  return service === undefined ? "an unknown division" : inWords(sharesInForce(service));
}

function notApplied({ resource }: CloudRunApi, wanted: Shares, why: string): ShipError {
  return new ShipError("TRAFFIC_NOT_APPLIED", `${resource} was given ${inWords(wanted)}, but ${why}.`);
}
