import type { ServerResponse } from "node:http";
import type { Clock } from "#ship/kit";
import type { WireAnswer } from "../wire/codec.ts";
import type { CallRecord } from "./call-log.ts";

/** How a call ended: with bytes to send, or by cutting the connection. */
export interface Outcome {
  readonly answer?: WireAnswer;
  readonly errorCode?: string;
  readonly fault?: string;
  readonly applied: boolean;
}

/** Faults of the way rather than of a service: they delay a call, or end it without an answer. */
type WayFault =
  | { readonly kind: "lost-answer" | "reset" | "hang" }
  | { readonly kind: "delay"; readonly milliseconds: number };

/** A signal that is aborted when the caller's connection is closed, answered or not. */
export function closedSignal(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  response.once("close", () => closed.abort(new Error("The connection was closed.")));
  return closed.signal;
}

/** Sends the answer of a call, or cuts its connection where there is none. */
export function send(response: ServerResponse, { answer }: Pick<Outcome, "answer">): void {
  if (!answer) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
  response.end(answer.body);
}

/** The part of a call's record that its end tells. */
export function recordOf(outcome: Outcome): Pick<CallRecord, "status" | "errorCode" | "fault" | "applied"> {
  const { answer, ...rest } = outcome;
  return { status: answer?.status ?? 0, ...rest };
}

/** True for a fault that does something to the connection, rather than be answered as an error. */
export function isOfTheWay<Kind extends { readonly kind: string }>(
  fault: Kind,
): fault is Extract<Kind, { kind: WayFault["kind"] }> {
  return ["lost-answer", "reset", "hang", "delay"].includes(fault.kind);
}

/** Does what a fault of the way does before a service sees the call; answers the outcome when the call ends there. */
export async function suffer(
  fault: WayFault,
  clock: Clock,
  closed: AbortSignal,
): Promise<Outcome | undefined> {
  switch (fault.kind) {
    case "lost-answer":
      return undefined;
    case "delay":
      await clock.sleep(fault.milliseconds, closed);
      return undefined;
    case "reset":
      return { applied: false };
    case "hang":
      await untilAborted(closed);
      return { applied: false };
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
