import type { BuildPlan } from "#ship/images";
import { each, recipeFlags, some } from "../engine/flags.ts";

/** One build of buildah or podman: of one platform. */
export interface ContainerBuild {
  readonly platform: string | undefined;
  readonly references: readonly string[];
  readonly idFile: string;
  /** `anew` leaves the cache alone. */
  readonly layers: "cached" | "anew";
}

/** The flags of `buildah build` and `podman build`. */
export function containerFlags(plan: BuildPlan, build: ContainerBuild): string[] {
  return [
    ...["--iidfile", build.idFile, "--layers"],
    ...each("--tag", build.references),
    ...recipeFlags(plan),
    ...some("--platform", build.platform),
    // `false` pulls what is missing; the default would look for newer images.
    `--pull=${plan.pull === "always" ? "always" : "false"}`,
    ...(plan.cache === "ignore" || build.layers === "anew" ? ["--no-cache"] : cacheFlags(plan)),
    ...some("--timestamp", plan.sourceDateEpoch?.toString()),
  ];
}

function cacheFlags(plan: BuildPlan): string[] {
  return [
    ...each("--cache-from", repositories(plan.cacheFrom)),
    ...each("--cache-to", repositories(plan.cacheTo)),
  ];
}

/** The cache is a repository here, tagged by content (buildah-build(1)): tags and the other fields of the line have no meaning. */
function repositories(lines: readonly string[]): string[] {
  const names = lines.map((line) => /(?:^|,)ref=([^,]+)/.exec(line)?.[1] ?? line);
  return [...new Set(names.map((name) => name.replace(/@.*$/, "").replace(/:[^:/]+$/, "")))];
}
