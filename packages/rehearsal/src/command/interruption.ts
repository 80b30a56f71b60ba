import { whenLauncherEnds } from "../processes/index.ts";

/** How long what is stopped may take after an interruption, before its processes are ended anyway, in milliseconds. */
const patience = 5_000;

/** Ctrl-C, SIGTERM, or the end of the program that started this one. */
export interface Interruption {
  /** Resolves with the exit code it deserves; never when there is none. */
  readonly exitCode: Promise<number>;
  /** Aborts with it. */
  readonly signal: AbortSignal;
  /** Waits for `work`, after an interruption for a few seconds only. */
  endingWithin(work: Promise<void>): Promise<void>;
}

/** Starts listening. A second Ctrl-C changes nothing: cleaning up is under way. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const exitCode = new Promise<number>((resolve) => {
    const end = (code: number) => {
      controller.abort();
      resolve(code);
    };
    process.on("SIGINT", () => end(130));
    process.on("SIGTERM", () => end(143));
    process.on("SIGHUP", () => end(129));
    // Nobody reads on: what is written then must not end the clean-up.
    process.stdout.on("error", () => end(1));
    process.stderr.on("error", () => undefined);
    whenLauncherEnds(() => end(1));
  });
  return {
    exitCode,
    signal: controller.signal,
    async endingWithin(work) {
      if (!controller.signal.aborted) return work;
      const timer = new AbortController();
      const limit = new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, patience);
        timer.signal.addEventListener("abort", () => clearTimeout(timeout), { once: true });
      });
      await Promise.race([work.catch(() => undefined), limit]);
      timer.abort();
    },
  };
}
