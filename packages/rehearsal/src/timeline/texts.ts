import { formatShare } from "#ship/kit";
import type { Experience, Experiences } from "../traffic/index.ts";

/** Seconds since the start, as the first column of the timeline: `  12.3s`. */
export function elapsed(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1_000).toFixed(1)}s`.padStart(7);
}

/** How users know a release: its version, or the first letters of its commit. */
export function releaseName(version: string): string {
  if (version === "none") return "no answer";
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version;
}

/** Milliseconds of a percentile: `12 ms`. */
export function latency(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** Share of failed requests; `-` without requests. */
export function errorRate({ requests, errors }: Pick<Experience, "requests" | "errors">): string {
  return requests === 0 ? "-" : formatShare(errors / requests);
}

/** What users saw of each release: `1.0.0 148 req 0 % err p95 12 ms`. Releases in a steady order, those without answer last. */
export function releasesText(users: Experiences): string {
  return [...users]
    .sort(([left], [right]) => Number(left === "none") - Number(right === "none") || (left < right ? -1 : 1))
    .map(
      ([version, experience]) =>
        `${releaseName(version)} ${experience.requests} req ${errorRate(experience)} err p95 ${latency(experience.p95)}`,
    )
    .join(" | ");
}
