import { formatDuration } from "#ship/kit";
import type { BuildStep } from "../engine/built-image.ts";

/** How much of a build came from its cache. */
export interface CacheUse {
  readonly cached: number;
  readonly total: number;
  /** Milliseconds that the exports took; `undefined` where nothing was exported. */
  readonly exportMilliseconds: number | undefined;
}

/** BuildKit's plain progress: `#12 exporting cache to registry`, later `#12 DONE 3.2s`. */
const exporting = /^#(\d+) exporting cache\b/;
const done = /^#(\d+) (?:DONE|ERROR) (\d+(?:\.\d+)?)s/;

/** Counts the steps from the cache, and finds the time of the exports in the build's output where it says. */
export function cacheUse(
  steps: readonly Pick<BuildStep, "state">[],
  output: readonly string[] = [],
): CacheUse {
  const exports = new Set(output.flatMap((line) => exporting.exec(line)?.[1] ?? []));
  const seconds = output.flatMap((line) => {
    const [, step = "", took = ""] = done.exec(line) ?? [];
    return exports.has(step) ? [Number(took)] : [];
  });
  return {
    cached: steps.filter(({ state }) => state === "cached").length,
    total: steps.length,
    exportMilliseconds:
      seconds.length === 0 ? undefined : Math.round(seconds.reduce((sum, one) => sum + one, 0) * 1_000),
  };
}

/** `7 of 10 steps from the cache (70 %), exported in 3s`. */
export function describeCacheUse({ cached, total, exportMilliseconds }: CacheUse): string {
  const exported =
    exportMilliseconds === undefined ? "" : `, exported in ${formatDuration(exportMilliseconds)}`;
  if (total === 0) return `no steps${exported}`;
  return `${cached} of ${total} steps from the cache (${Math.round((cached / total) * 100)} %)${exported}`;
}
