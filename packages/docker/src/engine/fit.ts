import type { BuildPlan } from "#ship/images";
import { ShipError } from "#ship/kit";

/** Ways to build, as far as their abilities differ. `classic` is docker's builder from before BuildKit. */
export type Builder = "buildx" | "docker" | "classic" | "buildah" | "podman";

const names: Readonly<Record<Builder, string>> = {
  buildx: "buildx",
  docker: "docker without buildx",
  classic: "docker's classic builder",
  buildah: "buildah",
  podman: "podman",
};

interface Demand {
  /** The input that asks. */
  readonly option: string;
  /** What exactly is asked for, `undefined` where nothing is. */
  asked(plan: BuildPlan): string | undefined;
  readonly able: readonly Builder[];
}

const listed = (values: readonly string[]) => (values.length > 0 ? values.join(", ") : undefined);
const switched = (value: string | undefined) => (value === "false" ? undefined : value);
const cacheType = (line: string) => /(?:^|,)type=([^,]+)/.exec(line)?.[1] ?? "registry";
const cachesBut = (lines: readonly string[], ...types: readonly string[]) =>
  listed(
    [...new Set(lines.map(cacheType))].filter((type) => !types.includes(type)).map((type) => `type=${type}`),
  );
const exportsBut = (lines: readonly string[], ...types: readonly string[]) =>
  listed(lines.filter((line) => line.includes("=") && !types.includes(cacheType(line))));

/** Tried with Docker 20.10, buildah 1.28 and podman 4.3; buildx 0.38. */
const demands: readonly Demand[] = [
  {
    option: "platforms",
    asked: ({ platforms }) => listed(platforms),
    able: ["buildx", "docker", "buildah", "podman"],
  },
  {
    option: "secrets",
    asked: ({ secrets }) => listed(secrets.map(({ id }) => id)),
    able: ["buildx", "docker", "buildah", "podman"],
  },
  { option: "ssh", asked: ({ ssh }) => listed(ssh), able: ["buildx", "docker", "buildah", "podman"] },
  { option: "annotations", asked: ({ annotations }) => listed(annotations), able: ["buildx"] },
  { option: "provenance", asked: ({ provenance }) => switched(provenance), able: ["buildx"] },
  { option: "sbom", asked: ({ sbom }) => switched(sbom), able: ["buildx"] },
  { option: "attests", asked: ({ attests }) => listed(attests), able: ["buildx"] },
  { option: "no-cache-filters", asked: ({ noCacheFilters }) => listed(noCacheFilters), able: ["buildx"] },
  {
    option: "build-contexts",
    asked: ({ buildContexts }) => listed(buildContexts),
    able: ["buildx", "buildah", "podman"],
  },
  { option: "allow", asked: ({ allow }) => listed(allow), able: ["buildx"] },
  { option: "builder", asked: ({ builder }) => builder, able: ["buildx"] },
  ...(["shm-size", "ulimit", "cgroup-parent"] as const).map((option) => ({
    option,
    asked: (plan: BuildPlan) =>
      option === "ulimit" ? listed(plan.ulimits) : option === "shm-size" ? plan.shmSize : plan.cgroupParent,
    // BuildKit in Docker 20.10 takes these flags and ignores them.
    able: ["buildx", "classic", "buildah", "podman"] as const,
  })),
  { option: "cache-to", asked: ({ cacheTo }) => cachesBut(cacheTo, "inline", "registry"), able: ["buildx"] },
  {
    option: "cache-to",
    asked: ({ cacheTo }) =>
      cacheTo.some((line) => cacheType(line) === "registry") ? "type=registry" : undefined,
    able: ["buildx", "buildah", "podman"],
  },
  {
    option: "cache-to",
    asked: ({ cacheTo }) =>
      cacheTo.some((line) => cacheType(line) === "inline") ? "type=inline" : undefined,
    able: ["buildx", "docker"],
  },
  { option: "cache-from", asked: ({ cacheFrom }) => cachesBut(cacheFrom, "registry"), able: ["buildx"] },
  {
    option: "outputs",
    asked: ({ outputs }) => exportsBut(outputs, "local", "tar"),
    able: ["buildx"],
  },
  {
    option: "outputs",
    asked: ({ outputs }) => listed(outputs),
    able: ["buildx", "docker"],
  },
];

/**
 * Compares a plan with what a builder can do.
 * @throws ShipError `ENGINE_UNFIT` naming each option that it cannot do and the engines that can
 */
export function checkFit(plan: BuildPlan, builder: Builder): void {
  const unfit = demands
    .map(({ option, asked, able }) => ({ option, able, value: asked(plan) }))
    .filter(({ able, value }) => value !== undefined && !able.includes(builder));
  if (unfit.length === 0) return;
  const each = unfit.map(({ option, value, able }) => {
    const engines = able.filter((name) => name !== "classic").map((name) => names[name]);
    return `${option} (${value}) needs ${engines.join(" or ")}`;
  });
  throw new ShipError("ENGINE_UNFIT", `${names[builder]} cannot do what is asked: ${each.join("; ")}.`, {
    hint: unfit.every(({ able }) => able.includes("buildx"))
      ? "Set up Buildx in an earlier step (docker/setup-buildx-action), name another engine in `engine`, or leave the input out."
      : "Name another engine in `engine`, or leave the input out.",
  });
}
