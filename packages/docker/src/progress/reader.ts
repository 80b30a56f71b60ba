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
