import { type Clock, poll, ShipError } from "#ship/kit";
import type { CloudRunApi } from "./api.ts";
import { isObserved } from "./conditions.ts";
import type { Revision, Service } from "./model.ts";
import { followsLatest, type Shares, sharesInForce, sharesOf } from "./traffic.ts";

/** How long a look waits for a change under way, in milliseconds; a rollback must be told within the grace time. */
const patience = 4_000;
const pause = 500;

/** The service once Cloud Run is not acting upon it any more, or as it is when that takes longer. */
export async function quietService(api: CloudRunApi, clock: Clock, signal: AbortSignal): Promise<Service> {
  const deadline = clock.now() + patience;
  return poll(
    async () => {
      const service = await api.service(signal);
      return isObserved(service) || clock.now() >= deadline ? service : undefined;
    },
    {
      clock,
      signal,
      everyMilliseconds: pause,
      timeoutMilliseconds: patience + pause,
      onTimeout: () =>
        new ShipError("UNEXPECTED", `${api.resource} was read until the deadline and not answered.`),
    },
  );
}

/**
 * A revision's share, a fraction: what was written, or what is in force where Cloud Run has given up on bringing that about
 * and it is more.
 */
export function shareOf(service: Service, revision: string): number {
  const percent = (shares: Shares) => shares.get(revision) ?? 0;
  const written = percent(sharesOf(service));
  return (isObserved(service) ? Math.max(written, percent(sharesInForce(service))) : written) / 100;
}

/** What a person should know before the traffic of a service is moved. */
export function warningsOf(service: Service, revisions: readonly Revision[]): readonly string[] {
  const isSticky = revisions.some(({ sessionAffinity }) => sessionAffinity === true);
  return [
    ...(isSticky
      ? [
          "The revisions have session affinity: percentages reach new visitors only, and errors of one visitor stay together. Set `dispersion` to the mean number of requests per visitor.",
        ]
      : []),
    ...(followsLatest(service)
      ? [
          "The service sends traffic to whichever revision is the latest. From the first step on it is bound to revisions by name, so that no deployment takes it unasked.",
        ]
      : []),
  ];
}
