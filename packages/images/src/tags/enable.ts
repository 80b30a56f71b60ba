import { readSwitch } from "./lines.ts";
import type { TagRun } from "./run.ts";
import type { Template } from "./template.ts";

/** Whether a rule or an image takes part in this run. @throws LineProblem when it says neither true nor false */
export async function isEnabled(enable: Template, run: TagRun): Promise<boolean> {
  const pieces = (await run.render(enable)) ?? [];
  return readSwitch("enable", pieces.map(({ text }) => text).join(""));
}
