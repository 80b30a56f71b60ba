import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { formatDuration } from "./quantities.ts";

/** A progress line that is printed only when it says something new. */
export interface Progress {
  update(line: string): void;
}

/** Creates a {@link Progress} that prefixes each new line with the time since its creation. */
export function createProgress(log: Log, clock: Clock): Progress {
  const begun = clock.now();
  let last: string | undefined;
  return {
    update(line) {
      if (line === last) return;
      last = line;
      log.info(`[${formatDuration(clock.now() - begun)}] ${line}`);
    },
  };
}
