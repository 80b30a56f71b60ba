import { messageOf, ShipError } from "./errors.ts";

/** Where the runner's signals and errors that nobody caught come from; `process` in production. */
export interface SignalSource {
  on(event: "uncaughtException", listener: (error: unknown) => void): unknown;
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(event: "uncaughtException", listener: (error: unknown) => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** The runner's wish to stop this step: SIGINT, 7.5 s later SIGTERM, 2.5 s later a kill (actions/runner: ProcessInvoker). */
export interface Cancellation {
  /** Aborts with a ShipError `CANCELLED` at the first signal, or at an error that nobody caught. */
  readonly signal: AbortSignal;
  /**
   * Registers the one idempotent call that makes production safe. It starts at the very first signal, before anything
   * else unwinds. Answers a function that withdraws it, for when the dangerous part is over.
   */
  onCancel(makeSafe: () => Promise<void>): () => void;
  /** Resolves when every call that a cancellation started has ended; the failures are returned. */
  settled(): Promise<readonly string[]>;
  /** Stops listening. */
  close(): void;
}

/** Milliseconds from the first signal to the kill, less a margin to report in. */
export const graceMilliseconds = 7_000;

/**
 * Listens for the runner's signals. An error that nobody caught would end the process as it stands, so it counts as one:
 * a log that nobody reads any more (EPIPE, the runner has died) is the likeliest.
 */
export function createCancellation(source: SignalSource): Cancellation {
  const controller = new AbortController();
  const safeguards = new Set<() => Promise<void>>();
  const started: Promise<string | undefined>[] = [];

  const abandon = (reason: ShipError) => {
    if (controller.signal.aborted) return;
    for (const makeSafe of safeguards) started.push(problemOf(makeSafe()));
    controller.abort(reason);
  };
  const cancel = () => abandon(new ShipError("CANCELLED", "The runner asked this step to stop."));
  const breakOff = (error: unknown) =>
    abandon(
      new ShipError("CANCELLED", `This step broke off on an unforeseen error: ${messageOf(error)}.`, {
        cause: error,
        hint: "Report it with the stack trace from the log, unless the runner itself has died.",
        details: error instanceof Error && error.stack !== undefined ? [error.stack] : [],
      }),
    );
  source.on("SIGINT", cancel);
  source.on("SIGTERM", cancel);
  source.on("uncaughtException", breakOff);

  return {
    signal: controller.signal,
    onCancel(makeSafe) {
      safeguards.add(makeSafe);
      return () => {
        safeguards.delete(makeSafe);
      };
    },
    async settled() {
      const failures = await Promise.all(started);
      return failures.filter((failure) => failure !== undefined);
    },
    close() {
      source.off("SIGINT", cancel);
      source.off("SIGTERM", cancel);
      source.off("uncaughtException", breakOff);
    },
  };
}

/** What went wrong with a call that makes production safe; a call that hangs is given up when the runner's patience ends. */
function problemOf(call: Promise<void>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const seconds = graceMilliseconds / 1_000;
    const timer = setTimeout(() => resolve(`the call has not ended within ${seconds} s`), graceMilliseconds);
    call.then(
      () => resolve(undefined),
      (error) => resolve(messageOf(error)),
    );
    call.finally(() => clearTimeout(timer)).catch(() => {});
  });
}
