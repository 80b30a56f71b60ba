import type { BuildPlan } from "#ship/images";

/** `flag value` for each value. */
export function each(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value]);
}

/** `flag value` where there is a value. */
export function some(flag: string, value: string | undefined): string[] {
  return value === undefined ? [] : [flag, value];
}

/** `key=value` for each entry. */
export function pairs(record: Readonly<Record<string, string>>): string[] {
  return Object.entries(record).map(([key, value]) => `${key}=${value}`);
}

/** What all engines spell alike, and what decides which bits come out: the same for every call of one build. */
export function recipeFlags(plan: BuildPlan): string[] {
  return [
    ...each("--label", pairs(plan.labels)),
    ...each("--build-arg", pairs(plan.buildArgs)),
    ...some("--file", plan.file),
    ...some("--target", plan.target),
    ...each("--ssh", plan.ssh),
    ...each("--add-host", plan.addHosts),
    ...some("--network", plan.network),
    ...some("--shm-size", plan.shmSize),
    ...each("--ulimit", plan.ulimits),
    ...some("--cgroup-parent", plan.cgroupParent),
    ...each("--build-context", plan.buildContexts),
  ];
}

/** What makes an engine build anew. A later call that only fetches the result from the cache leaves it out. */
export function freshnessFlags(plan: BuildPlan): string[] {
  return [
    ...(plan.pull === "always" ? ["--pull"] : []),
    ...(plan.cache === "ignore" ? ["--no-cache"] : []),
    ...each("--no-cache-filter", plan.noCacheFilters),
  ];
}
