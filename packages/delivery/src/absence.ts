import type { Arm, ArmCounts, Bin, SeenArm, SeenBin } from "./metrics.ts";

/** With this many requests expected, a release that shows none is missing data rather than without traffic. */
const expectedAtLeast = 30;

/** How {@link settleAbsence} tells "no traffic yet" from "no data". */
export interface Expectation {
  /** The canary's intended share of requests between two times, a fraction. */
  expectedShare(start: number, end: number): number;
  /** Latency edges that were asked for, in seconds. */
  readonly edges: readonly number[];
}

/**
 * Turns what a source says into counts or "no data"; the one place where the meaning of silence is decided:
 *
 * - Requests without an error series have no errors: a counter of errors first exists once there was one.
 * - Requests of which nobody knows how long they took are no data while latency is asked for, unless all of them failed: as
 *   fast ones they would count as evidence of health.
 * - A release that is silent or stands still beside one with traffic had no requests, unless so many were expected that they
 *   must be missing. Of two that are silent or stand still nothing is known: for a while a server goes on answering the last
 *   value it has.
 * - A value that is not a number is no data.
 */
export function settleAbsence(bins: readonly SeenBin[], expectation: Expectation): readonly Bin[] {
  const { edges } = expectation;
  return bins.map(({ start, end, stable, canary }) => {
    const share = expectation.expectedShare(start, end);
    return {
      start,
      end,
      stable: settle(stable, { beside: canary, share: 1 - share, edges }),
      canary: settle(canary, { beside: stable, share, edges }),
    };
  });
}

interface Beside {
  readonly beside: SeenArm;
  /** The intended share of the release in question. */
  readonly share: number;
  readonly edges: readonly number[];
}

function settle(seen: SeenArm, { beside, share, edges }: Beside): Arm {
  if (seen.requests === "unknown") return "no-data";
  if (seen.requests !== "absent" && seen.requests > 0) return countsOf(seen, seen.requests, edges);
  const { requests: others } = beside;
  if (others === "absent" || others === "unknown" || others === 0) return "no-data";
  const expected = (others * share) / Math.max(0, 1 - share);
  return expected >= expectedAtLeast ? "no-data" : { requests: 0, errors: 0, slower: edges.map(() => 0) };
}

function countsOf({ errors, slower, p95 }: SeenArm, requests: number, edges: readonly number[]): Arm {
  if (errors === "unknown") return "no-data";
  const whole = Math.round(requests);
  const failed = errors === "absent" ? 0 : Math.min(whole, Math.round(errors));
  const counts = (slow: readonly number[]): ArmCounts => ({
    requests: whole,
    errors: failed,
    slower: slow.map((count) => Math.min(whole, Math.round(count))),
    ...(p95 === undefined ? {} : { p95 }),
  });
  if (typeof slower !== "string") return counts(slower);
  return edges.length === 0 || failed === whole ? counts(edges.map(() => 0)) : "no-data";
}
