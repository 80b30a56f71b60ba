import type { ProgressReader } from "./reader.ts";
import { type StepNotation, steppedProgress } from "./stepped.ts";

/** buildah and podman (containers/buildah: imagebuildah/stage_executor.go); `[1/2]` counts stages where there are several. */
const notation: StepNotation = {
  header: /^((?:\[[^\]]+\] )?STEP \d+\/\d+): (.+)$/,
  cached: /^--> Using cache /,
  warning: /level=warning msg="(.+)"$/,
};

/** Reads the output of buildah and podman. */
export function buildahProgress(): ProgressReader {
  return steppedProgress(notation);
}
