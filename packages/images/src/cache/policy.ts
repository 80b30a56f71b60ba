/** What decides who may write a cache. */
export interface CacheRun {
  /** Name of the event, `push`. */
  readonly event: string;
  /** `refs/heads/main`. */
  readonly ref: string;
  /** `undefined` where it is not known. */
  readonly defaultBranch: string | undefined;
  /** The runner's `ACTIONS_CACHE_MODE`: `none`, `read`, `write`, `write-only`. */
  readonly serviceMode: string | undefined;
}

/** Whether something may be done, and if not why. */
export type Permission = { readonly granted: true } | { readonly granted: false; readonly reason: string };

const granted: Permission = { granted: true };
const refused = (reason: string): Permission => ({ granted: false, reason });

/**
 * Events whose code is what the repository's owners merged. Others run with the default branch's ref too, but may build code
 * of a pull request: a cache written there would reach every later build (GitHub Docs, cache poisoning).
 */
const trustedEvents = ["push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "create"];

/** A cache is read always and written on the default branch and on tags only. */
export function mayWrite({ event, ref, defaultBranch }: CacheRun): Permission {
  if (!trustedEvents.includes(event)) return refused(`a run of ${event || "no event"} only reads it`);
  if (ref.startsWith("refs/tags/")) return granted;
  if (defaultBranch === undefined)
    return refused("the default branch is not known, so that only tags would write it");
  return ref === `refs/heads/${defaultBranch}`
    ? granted
    : refused(`${ref} only reads it; ${defaultBranch} and tags write it`);
}

/** Whether the runner lets this job read the Actions cache; unknown modes permit, as in actions/toolkit. */
export function serviceReads({ serviceMode }: CacheRun): boolean {
  return !["none", "write-only"].includes(modeOf(serviceMode));
}

/** Whether the runner lets this job write the Actions cache. */
export function serviceWrites({ serviceMode }: CacheRun): boolean {
  return !["none", "read"].includes(modeOf(serviceMode));
}

function modeOf(text: string | undefined): string {
  return text?.trim().toLowerCase() ?? "";
}
