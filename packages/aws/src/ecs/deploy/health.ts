import { createProgress, messageOf, poll, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import type { BalancerReader, TargetHealth } from "../api/target-health.ts";
import { patientLooks } from "../deployment/look.ts";

/** How long and how often to look, in milliseconds. */
export interface Patience {
  readonly every: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until a target group has at least `wanted` healthy targets, so that traffic never goes to a group that cannot take it.
 * @throws ShipError `DEPLOYMENT_FAILED` with the load balancer's reasons
 */
export async function awaitHealthyTargets(
  caller: Caller,
  balancers: BalancerReader,
  targetGroup: string,
  wanted: number,
  patience: Patience,
): Promise<void> {
  const { clock, log } = caller.session;
  const progress = createProgress(log, clock);
  let targets: TargetHealth[] = [];
  const healthy = () => targets.filter((target) => target.state === "healthy").length;
  const looks = patientLooks(caller);
  await poll(
    () =>
      looks.at(async () => {
        targets = await balancers.health(targetGroup, caller);
        progress.update(`${healthy()} of ${wanted} targets healthy`);
        return healthy() >= wanted ? true : undefined;
      }),
    {
      clock,
      everyMilliseconds: patience.every,
      timeoutMilliseconds: patience.timeout,
      signal: patience.signal,
      onTimeout: () => {
        const ailing = targets.filter((target) => target.state !== "healthy");
        return new ShipError(
          "DEPLOYMENT_FAILED",
          looks.blamed(`Only ${healthy()} of ${wanted} targets became healthy in ${targetGroup}.`),
          { details: ailing.map((target) => `${target.target} ${target.state} ${target.reason}`) },
        );
      },
    },
  );
}

const answerMilliseconds = 10_000;

/**
 * Asks an address until it answers 2xx or 3xx; redirects are not followed.
 * @throws ShipError `DEPLOYMENT_FAILED` with the last answer
 */
export async function awaitAnswer(
  caller: Caller,
  fetchAddress: typeof fetch,
  url: URL,
  patience: Patience,
): Promise<string> {
  const { clock, log } = caller.session;
  const progress = createProgress(log, clock);
  const shown = `${url.origin}${url.pathname}`;
  let last = "no answer";
  return poll(
    async () => {
      try {
        const signal = AbortSignal.any([patience.signal, AbortSignal.timeout(answerMilliseconds)]);
        const answer = await fetchAddress(url, { redirect: "manual", signal });
        await answer.body?.cancel();
        last = `HTTP ${answer.status}`;
        progress.update(`${shown}: ${last}`);
        return answer.status >= 200 && answer.status < 400 ? `${shown} answered ${last}` : undefined;
      } catch (error) {
        patience.signal.throwIfAborted();
        last =
          error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
        progress.update(`${shown}: ${last}`);
        return undefined;
      }
    },
    {
      clock,
      everyMilliseconds: patience.every,
      timeoutMilliseconds: patience.timeout,
      signal: patience.signal,
      onTimeout: () =>
        new ShipError("DEPLOYMENT_FAILED", `The health check of ${shown} did not succeed; last: ${last}.`, {
          hint: "Look at what the new revision answers there; expected is a status from 200 to 399.",
        }),
    },
  );
}
