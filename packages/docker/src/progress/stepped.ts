import type { BuildStep } from "#ship/images";
import type { ProgressReader } from "./reader.ts";

/** How a builder that works instruction by instruction writes its progress. */
export interface StepNotation {
  /** Groups: position and instruction. */
  readonly header: RegExp;
  readonly cached: RegExp;
  readonly warning: RegExp;
}

interface OpenStep {
  readonly name: string;
  readonly instruction: string;
  readonly begun: number;
  state: BuildStep["state"];
  tookMs: number | undefined;
}

/** Reads the progress of a builder that works instruction by instruction; times are those between its lines. */
export function steppedProgress(notation: StepNotation): ProgressReader {
  const steps: OpenStep[] = [];
  const warnings = new Set<string>();
  let latest = 0;
  return {
    line(text, now) {
      latest = now;
      const begun = notation.header.exec(text);
      const open = steps.at(-1);
      if (begun) {
        if (open) open.tookMs = now - open.begun;
        const [, position = "", instruction = ""] = begun;
        const name = position.replace("STEP ", "").replace(/^\[([^\]]+)\] /, "$1 ");
        steps.push({ name, instruction, begun: now, state: "built", tookMs: undefined });
      } else if (open && notation.cached.test(text)) open.state = "cached";
      const warning = notation.warning.exec(text);
      const said = warning?.slice(1).find((part) => part !== undefined);
      if (said) warnings.add(said);
    },
    steps: () =>
      steps
        .filter(({ instruction }) => !/^FROM\b/i.test(instruction))
        .map(({ name, instruction, state, tookMs, begun }) => ({
          name,
          instruction,
          state,
          tookMs: state === "cached" ? 0 : (tookMs ?? latest - begun),
        })),
    warnings: () => [...warnings],
    failing: () => steps.at(-1),
  };
}
