import { alternatives } from "./e-process.ts";
import { logMeanExp } from "./log-space.ts";
import { logRatios, type TwoArmCounts } from "./two-arm.ts";

/** Ratios looked at, as natural logarithms. */
const [least, most] = [Math.log(0.01), Math.log(10_000)];
/** Halvings of the range between them: an answer within a billionth. */
const halvings = 40;

/**
 * The ratio of bad shares, canary to stable, that the canary has at least, with confidence 1 − α however often one looks:
 * the highest tolerance that the evidence still refutes. For reports; no gate uses it.
 * @param bins as for `twoArmEvidence`
 * @returns `undefined` while the evidence refutes nothing
 */
export function ratioAtLeast(
  bins: readonly (TwoArmCounts | undefined)[],
  alpha: number,
  dispersion: number,
): number | undefined {
  const known = bins.filter((counts) => counts !== undefined);
  const isRefuted = (logRatio: number) => {
    const settings = { tolerance: Math.exp(logRatio), dispersion };
    const sums = known.reduce<readonly number[]>(
      (sum, counts) => {
        const ratios = logRatios(counts, settings);
        return ratios ? sum.map((before, index) => before + (ratios[index] ?? 0)) : sum;
      },
      alternatives.map(() => 0),
    );
    return logMeanExp(sums) >= -Math.log(alpha);
  };
  if (!isRefuted(least)) return undefined;
  let [refuted, open] = [least, most];
  for (let count = 0; count < halvings; count += 1) {
    const middle = (refuted + open) / 2;
    if (isRefuted(middle)) refuted = middle;
    else open = middle;
  }
  return Math.exp(refuted);
}
