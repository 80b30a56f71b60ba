import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Hands each line of the streams to `output`, whichever stream it came from. */
export function followLines(streams: readonly (Readable | null)[], output: (line: string) => void): void {
  for (const stream of streams) {
    if (!stream) continue;
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", output);
  }
}
