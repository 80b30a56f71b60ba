import type { Verdict } from "../gate.ts";

/** M from which a weight is no longer raised: the evidence is five times likelier if the canary is bad. */
export const suspectFrom = Math.log(5);

/** What a gate found, before it is put into a verdict. */
export interface Finding {
  readonly gate: string;
  readonly comparesArms: boolean;
  /** ln M after each bin. */
  readonly trail: readonly number[];
  /** ln(1/α) of this gate. */
  readonly threshold: number;
  /** Whether any bin could be judged at all. */
  readonly judged: boolean;
  readonly explanation: string;
  /** False where crossing the threshold is too little to act on: the share of bad requests is negligible. */
  mayFailAt?(bin: number): boolean;
  readonly baseline?: Verdict["baseline"];
  readonly ratioAtLeast?: number | undefined;
}

/** Turns the evidence of a gate into its verdict. A threshold once crossed stays crossed, whatever comes later. */
export function verdictOf({ judged, mayFailAt, ...finding }: Finding): Verdict {
  const value = finding.trail.at(-1) ?? 0;
  const failed = finding.trail.some((logM, bin) => logM >= finding.threshold && (mayFailAt?.(bin) ?? true));
  const suspect = value >= suspectFrom || finding.baseline?.sick === true;
  const p = Math.min(1, Math.exp(-Math.max(0, ...finding.trail)));
  const status = failed ? "fail" : suspect ? "suspect" : judged ? "pass" : "inconclusive";
  return { ...finding, status, value, p };
}
