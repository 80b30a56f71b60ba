import type { BuildPlan } from "#ship/images";
import { each, freshnessFlags, recipeFlags, some } from "../engine/flags.ts";

/** One build of the docker command line: of one platform, under these references. */
export interface SingleBuild {
  readonly platform: string | undefined;
  readonly references: readonly string[];
  readonly idFile: string;
}

/** The flags of `docker build`. */
export function dockerFlags(plan: BuildPlan, { platform, references, idFile }: SingleBuild): string[] {
  return [
    "--iidfile",
    idFile,
    ...each("--tag", references),
    ...recipeFlags(plan),
    ...some("--platform", platform),
    ...freshnessFlags(plan),
    ...each("--cache-from", plan.cacheFrom.map(cacheImage)),
    ...(plan.cacheTo.length > 0 ? ["--build-arg", "BUILDKIT_INLINE_CACHE=1"] : []),
    ...each("--output", plan.outputs),
  ];
}

/** The image behind `type=registry,ref=…`; the command line knows images only. */
function cacheImage(line: string): string {
  return /(?:^|,)ref=([^,]+)/.exec(line)?.[1] ?? line;
}
