import type { Arm, ArmCounts, Bin } from "#ship/delivery";

/** What a source says of a release in a bin: `absent` is silence, `unknown` a value that is none. */
export type Seen = ArmCounts | "absent" | "unknown";

/** With this many requests expected, a release that shows none is missing data rather than without traffic. */
const expectedAtLeast = 30;

/**
 * Tells absence of traffic from absence of data. Beside a release with traffic, silence or a counter that stands still is
 * zero requests, unless so many were expected that they must be missing. Of two that are silent or stand still nothing is known:
 * for five minutes a server answers the last value it has, and so it does when nothing is scraped any more.
 * @param expectedShare the canary's intended share of requests, a fraction
 */
export function settleAbsence(
  { stable, canary }: { readonly stable: Seen; readonly canary: Seen },
  expectedShare: number,
  edgeCount: number,
): Pick<Bin, "stable" | "canary"> {
  return {
    stable: settle(stable, { beside: canary, share: 1 - expectedShare, edgeCount }),
    canary: settle(canary, { beside: stable, share: expectedShare, edgeCount }),
  };
}

interface Beside {
  readonly beside: Seen;
  /** The intended share of the release in question. */
  readonly share: number;
  readonly edgeCount: number;
}

function settle(seen: Seen, { beside, share, edgeCount }: Beside): Arm {
  if (seen === "unknown") return "no-data";
  if (seen !== "absent" && seen.requests > 0) return seen;
  if (beside === "absent" || beside === "unknown" || beside.requests === 0) return "no-data";
  const expected = (beside.requests * share) / Math.max(0, 1 - share);
  if (expected >= expectedAtLeast) return "no-data";
  return seen === "absent"
    ? { requests: 0, errors: 0, slower: Array.from({ length: edgeCount }, () => 0) }
    : seen;
}
