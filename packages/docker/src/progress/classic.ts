import type { ProgressReader } from "./reader.ts";
import { type StepNotation, steppedProgress } from "./stepped.ts";

/** docker's classic builder (moby: builder/dockerfile/dispatchers.go). */
const notation: StepNotation = {
  header: /^Step (\d+\/\d+) : (.+)$/,
  cached: /^ ---> Using cache$/,
  warning: /^ ---> \[Warning\] (.+)$|^\[Warning\] (.+)$/,
};

/** Reads the output of docker's classic builder. */
export function classicProgress(): ProgressReader {
  return steppedProgress(notation);
}
