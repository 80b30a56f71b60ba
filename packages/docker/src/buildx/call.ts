import type { BuildPlan } from "#ship/images";
import type { Session } from "../engine/program.ts";
import { secretFlags, withScratch } from "../engine/scratch.ts";
import { type BuildKitProgress, buildKitProgress } from "../progress/buildkit.ts";
import type { Builder } from "./builder.ts";
import { buildxFlags, type Purpose } from "./flags.ts";
import { type Metadata, readMetadata } from "./metadata.ts";

/** How one call of `buildx build` ended. */
export interface BuildxResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly progress: BuildKitProgress;
  readonly metadata: Metadata;
  /** Config digest of a single image, else the digest of the index; `undefined` where nothing was exported. */
  readonly id: string | undefined;
}

/** Calls `buildx build`. Secrets, metadata and the image's id go through files that are gone afterwards. */
export function buildxCall(
  plan: BuildPlan,
  purpose: Purpose,
  builder: Builder,
  { call, options, signal }: Session,
): Promise<BuildxResult> {
  return withScratch(options, async (scratch) => {
    const progress = buildKitProgress();
    const lines: string[] = [];
    const flags = [
      ...["buildx", "build", "--metadata-file", scratch.path("metadata.json")],
      ...(purpose === "build" && writesFiles(plan) ? [] : ["--iidfile", scratch.path("image-id")]),
      ...buildxFlags(plan, purpose, builder),
      ...(await secretFlags(plan, scratch, options)),
    ];
    const { exitCode } = await call([...flags, plan.context], {
      signal,
      onLine(line) {
        lines.push(line);
        progress.line(line, options.clock.now());
        options.log.quote("buildx", line);
      },
    });
    const metadata = readMetadata(await scratch.read("metadata.json"));
    const [config, ...more] = progress.configs();
    const single = metadata.config ?? (more.length === 0 && plan.platforms.length < 2 ? config : undefined);
    const id = single ?? (await scratch.read("image-id")) ?? metadata.digest;
    return { exitCode, lines, progress, metadata, id };
  });
}

/** An image id cannot be written beside an export of mere files (buildx: commands/build.go). */
function writesFiles({ outputs }: BuildPlan): boolean {
  return outputs.some((line) => !line.includes("=") || /(?:^|,)type=(?:local|tar)(?:,|$)/.test(line));
}
