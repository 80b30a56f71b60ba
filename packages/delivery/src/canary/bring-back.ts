import { type Clock, isShipError, messageOf, ShipError } from "#ship/kit";
import type { TrafficTarget } from "../target.ts";

/** How {@link bringBack} works. */
export interface BringBackOptions {
  readonly clock: Clock;
  /** Milliseconds to keep trying. */
  readonly budget: number;
  /** A restoring call that a cancellation has already begun. */
  readonly begun?: Promise<void> | undefined;
}

const pause = 500;

/**
 * Brings all traffic back to stable, and believes it only when it has been read back; tries for as long as it may.
 * @throws ShipError `ROLLBACK_FAILED` with the command that does it by hand
 */
export async function bringBack(target: TrafficTarget, options: BringBackOptions): Promise<void> {
  const { clock, budget } = options;
  const deadline = clock.now() + budget;
  let begun = options.begun;
  for (;;) {
    const problem = await attempt(target, begun, budget);
    if (problem === undefined) return;
    begun = undefined;
    const isHopeless = isShipError(problem) && problem.kind === "denied";
    if (isHopeless || clock.now() >= deadline) {
      throw new ShipError(
        "ROLLBACK_FAILED",
        `Traffic could not be brought back to the stable release: ${messageOf(problem)}`,
        { cause: problem, details: ["Bring the traffic back by hand:", target.restoreByHand()] },
      );
    }
    await clock.sleep(Math.min(pause, deadline - clock.now()));
  }
}

async function attempt(
  target: TrafficTarget,
  begun: Promise<void> | undefined,
  budget: number,
): Promise<unknown> {
  try {
    await (begun ?? target.restore());
    const { split } = await target.inspect(AbortSignal.timeout(budget));
    return split.canary === 0 ? undefined : new Error(`the canary still has ${split.canary * 100} %`);
  } catch (error) {
    return error;
  }
}
