import type { Fault } from "#ship/simulators";
import type { DeployWorld } from "./deploy-world.ts";
import type { StepOptions } from "./runner-step.ts";

/** What a call meets once, and gets over. */
export const faults: readonly Fault[] = [
  { kind: "throttle" },
  { kind: "server-error", status: 503 },
  { kind: "reset" },
  { kind: "lost-answer" },
];

/** What strikes the run itself in a call. */
export type Blow =
  | "SIGINT while it is in flight"
  | "SIGKILL once it is applied, then the post step"
  | "SIGKILL once it is applied, then the next run";

/** A call by its place among those of the same action, from 1. */
export interface Place {
  readonly action: string;
  readonly nth: number;
}

/** Lays a fault in wait for each of the calls: the nth of an action is struck once the one before it has been answered. */
export function layFaults(
  { aws }: DeployWorld,
  struck: readonly (Place & { readonly fault: Fault })[],
): void {
  for (const { action, nth, fault } of struck) {
    const strikeNext = () => aws.faults.add({ action, nth: 1, fault });
    let left = nth - 1;
    if (left === 0) strikeNext();
    aws.calls.follow((call) => {
      if (call.action !== action || call.status !== 200 || left === 0) return;
      left -= 1;
      if (left === 0) strikeNext();
    });
  }
}

/** Long enough for a signal to arrive first, in milliseconds. */
const inFlight = 300;

/**
 * Lays a blow in wait for a call. Answers what the run has to be started with.
 * @param clear takes all faults away but those that belong to the world
 */
export function layBlow(
  { aws }: DeployWorld,
  { action, nth, blow }: Place & { readonly blow: Blow },
  clear: () => void,
): Partial<StepOptions> {
  let isDue = false;
  let seen = 0;
  const isStruck = (call: { readonly action: string }) => {
    if (call.action === action) seen += 1;
    return call.action === action && seen === nth;
  };
  if (blow === "SIGINT while it is in flight") {
    aws.faults.add({ action, nth, fault: { kind: "delay", milliseconds: inFlight } });
    aws.calls.arrivals((call) => {
      isDue ||= isStruck(call);
    });
    return { interruptWhen: () => isDue };
  }
  aws.faults.add({ action, nth, fault: { kind: "lost-answer" } });
  aws.calls.follow((call) => {
    if (!isStruck(call)) return;
    isDue = true;
    // Nothing more gets through to one that is about to die.
    aws.faults.add({ fault: { kind: "hang" } });
  });
  return {
    killWhen() {
      if (isDue) clear();
      return isDue;
    },
  };
}
