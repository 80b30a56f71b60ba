import type { BuildStep } from "#ship/images";

/** Reads an engine's progress as it comes. */
export interface ProgressReader {
  /** @param now milliseconds since 1970, for engines that tell no times */
  line(text: string, now: number): void;
  steps(): readonly BuildStep[];
  warnings(): readonly string[];
  /** The instruction that failed, or the last one begun. */
  failing(): { readonly name: string; readonly instruction: string } | undefined;
}

/** Reads a whole output; the engine's own times only. */
export function readProgress(reader: ProgressReader, output: readonly string[]): ProgressReader {
  for (const line of output) reader.line(line, 0);
  return reader;
}
