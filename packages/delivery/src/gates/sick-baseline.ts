import type { Evidence, Verdict } from "../gate.ts";
import type { Arm, ArmCounts, Bin } from "../metrics.ts";
import { ceilingEvidence, type OneArmCounts } from "./ceiling-evidence.ts";

/** From this much evidence on a run of bins counts as the stable release breaking the limit, and not as scatter. */
const sickFrom = Math.log(5);

/** An absolute limit on a share of bad requests. */
export interface Ceiling {
  /** What is limited, for people: `errors`, `requests slower than 500 ms`. */
  readonly what: string;
  /** The highest share still accepted, a fraction above 0. */
  readonly share: number;
  bad(counts: ArmCounts): number;
}

/** What a limit looks at of one release in one bin. */
export function countsOf(arm: Arm, ceiling: Ceiling): OneArmCounts | undefined {
  return arm === "no-data" ? undefined : { requests: arm.requests, bad: ceiling.bad(arm) };
}

/** True for a bin in which the stable release is itself above the limit: it says nothing about the canary. */
export function isSick({ stable }: Bin, ceiling: Ceiling): boolean {
  const counts = countsOf(stable, ceiling);
  return counts !== undefined && counts.requests > 0 && counts.bad / counts.requests > ceiling.share;
}

/** Whether the stable release breaks any of the limits just now, and for how long of the present step it did. */
export function worstSickness(
  evidence: Evidence,
  ceilings: readonly Ceiling[],
  dispersion: number,
): NonNullable<Verdict["baseline"]> {
  const found = ceilings.map((ceiling) => sickness(evidence, ceiling, dispersion));
  return {
    sick: found.some(({ sick }) => sick),
    milliseconds: Math.max(0, ...found.map(({ milliseconds }) => milliseconds)),
  };
}

function sickness({ bins, weights }: Evidence, ceiling: Ceiling, dispersion: number) {
  const stepBegan = weights.at(-1)?.at ?? 0;
  const runs = sickRuns(bins, ceiling).filter((run) => {
    const counts = run.map((bin) => countsOf(bin.stable, ceiling));
    return (ceilingEvidence(counts, ceiling.share, dispersion).at(-1) ?? 0) >= sickFrom;
  });
  const milliseconds = runs
    .flat()
    .filter((bin) => bin.end > stepBegan)
    .reduce((sum, bin) => sum + bin.end - Math.max(bin.start, stepBegan), 0);
  return { sick: bins.length > 0 && runs.at(-1)?.at(-1) === bins.at(-1), milliseconds };
}

/** Stretches of consecutive bins in which the stable release is above the limit. */
function sickRuns(bins: readonly Bin[], ceiling: Ceiling): Bin[][] {
  const runs: Bin[][] = [];
  let isInRun = false;
  for (const bin of bins) {
    if (isSick(bin, ceiling)) {
      if (isInRun) runs.at(-1)?.push(bin);
      else runs.push([bin]);
    }
    isInRun = isSick(bin, ceiling);
  }
  return runs;
}
