import type { BuildPlan } from "#ship/images";
import { ShipError } from "#ship/kit";
import { each, freshnessFlags, recipeFlags, some } from "../engine/flags.ts";
import type { Builder } from "./builder.ts";

/** What one call of `buildx build` is for. */
export type Purpose =
  /** Builds, and keeps the result where the plan wants it. */
  | "build"
  /** Fetches the machine's own platform from the cache into Docker's store. */
  | "load"
  /** Fetches the result from the cache and pushes it under all references. */
  | "push";

/** The flags of `buildx build` for a purpose. Only the first call may build anew, export caches and write other outputs. */
export function buildxFlags(plan: BuildPlan, purpose: Purpose, builder: Builder): string[] {
  return [
    ...some("--builder", builder.name),
    "--progress",
    "plain",
    ...each("--tag", plan.references),
    ...recipeFlags(plan),
    ...each("--annotation", plan.annotations),
    ...each("--allow", plan.allow),
    ...each("--cache-from", plan.cacheFrom),
    ...epochFlags(plan),
    ...(purpose === "build" ? [...freshnessFlags(plan), ...each("--cache-to", plan.cacheTo)] : []),
    ...(purpose === "load" ? [] : platformFlags(plan)),
    ...(purpose === "load" ? ["--provenance=false", "--sbom=false"] : attestationFlags(plan)),
    ...exportFlags(plan, purpose, builder),
  ];
}

function platformFlags({ platforms }: BuildPlan): string[] {
  return platforms.length > 0 ? ["--platform", platforms.join(",")] : [];
}

function epochFlags({ sourceDateEpoch }: BuildPlan): string[] {
  return sourceDateEpoch === undefined ? [] : ["--build-arg", `SOURCE_DATE_EPOCH=${sourceDateEpoch}`];
}

function attestationFlags(plan: BuildPlan): string[] {
  if (plan.manifest === "plain") return ["--provenance=false", "--sbom=false"];
  return [
    ...(plan.provenance === undefined ? [] : [`--provenance=${plan.provenance}`]),
    ...(plan.sbom === undefined ? [] : [`--sbom=${plan.sbom}`]),
    ...each("--attest", plan.attests),
  ];
}

function exportFlags(plan: BuildPlan, purpose: Purpose, builder: Builder): string[] {
  // Timestamps within layers are only rewritten on request, and by other builders than Docker's own.
  const rewritten =
    plan.sourceDateEpoch !== undefined && builder.kind !== "docker" ? ",rewrite-timestamp=true" : "";
  const load = rewritten ? ["--output", `type=docker${rewritten}`] : ["--load"];
  if (purpose === "load") return load;
  if (purpose === "push") return rewritten ? ["--output", `type=registry${rewritten}`] : ["--push"];
  const others = each("--output", plan.outputs);
  if (builder.kind === "docker") return [...others, ...load];
  if (plan.keep === "store" && loadsDirectly(plan, builder)) return [...others, ...load];
  // Exported within the builder, so that the digests are known before anything is pushed.
  return others.length > 0 ? others : ["--output", `type=image,push=false${rewritten}`];
}

/** Whether one call can both build and put the image into Docker's store: several platforms, and attestations, do not fit in there. */
export function loadsDirectly(plan: BuildPlan, builder: Builder): boolean {
  return builder.kind === "docker" || (plan.platforms.length < 2 && !attests(plan));
}

/** Whether the plan asks for attestations in words. */
export function attests({ provenance, sbom, attests: lines }: BuildPlan): boolean {
  return [provenance, sbom].some((value) => value !== undefined && value !== "false") || lines.length > 0;
}

/** Refuses outputs that would publish the image before it is tested. @throws ShipError `INPUT_INVALID` */
export function checkOutputs({ outputs }: BuildPlan): void {
  const pushing = outputs.find((line) => /(?:^|,)(?:type=registry|push=(?:true|1))(?:,|$)/i.test(line));
  if (pushing === undefined) return;
  throw new ShipError(
    "INPUT_INVALID",
    `outputs is "${pushing}", which pushes the image before it is tested.`,
    {
      hint: "Use the input `push`, and take `push` and `type=registry` out of `outputs`.",
    },
  );
}
