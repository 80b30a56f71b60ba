import { messageOf, ShipError } from "./errors.ts";

/** Where the runner's signals come from; `process` in production. */
export interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** The runner's wish to stop this step: SIGINT, 7.5 s later SIGTERM, 2.5 s later a kill (actions/runner: ProcessInvoker). */
export interface Cancellation {
  /** Aborts with a ShipError `CANCELLED` at the first signal. */
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

/** Listens for the runner's signals. */
export function createCancellation(source: SignalSource): Cancellation {
  const controller = new AbortController();
  const safeguards = new Set<() => Promise<void>>();
  const started: Promise<string | undefined>[] = [];

  const cancel = () => {
    if (controller.signal.aborted) return;
    for (const makeSafe of safeguards) started.push(problemOf(makeSafe()));
    controller.abort(new ShipError("CANCELLED", "The runner asked this step to stop."));
  };
  source.on("SIGINT", cancel);
  source.on("SIGTERM", cancel);

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
