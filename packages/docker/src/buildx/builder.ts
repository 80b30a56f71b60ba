import { randomUUID } from "node:crypto";
import type { BuildPlan } from "#ship/images";
import { ShipError } from "#ship/kit";
import type { EngineOptions } from "../engine/options.ts";
import { cleaningSignal, lastLine, type ProgramOptions, program, type Session } from "../engine/program.ts";
import { attests } from "./flags.ts";

/** The builder that a build runs on. */
export interface Builder {
  /** `undefined` for the current one of the job. */
  readonly name: string | undefined;
  /** `docker`: Docker's own store, one image per reference. `full`: everything BuildKit can do. */
  readonly kind: "docker" | "full";
  readonly origin: "given" | "private";
}

/**
 * Chooses the builder for a plan: the given or current one, or a private one where that is Docker's own and the plan asks for
 * more than it can do. The private one is gone after {@link removeBuilder}.
 */
export async function chooseBuilder(plan: BuildPlan, session: Session): Promise<Builder> {
  const { call, options, signal } = session;
  const current = await inspectBuilder(plan.builder, session);
  if (current.kind === "full") return current;
  const reasons = beyondDocker(plan);
  if (reasons.length === 0 || (await hasContainerdStore(session))) {
    return reasons.length === 0 ? current : { ...current, kind: "full" };
  }
  const name = `ship-${randomUUID()}`;
  options.log.info(
    `${reasons.join(", ")}: Docker's own builder cannot do that, so a private one is started.`,
  );
  options.onBuilder?.(name);
  const entitlements = plan.allow.map((each) => `--allow-insecure-entitlement ${each}`).join(" ");
  const { exitCode, stderr } = await call(
    [
      ...["buildx", "create", "--name", name, "--driver", "docker-container"],
      ...(entitlements ? ["--buildkitd-flags", entitlements] : []),
    ],
    { signal },
  );
  if (exitCode !== 0)
    throw new ShipError("ENGINE_UNAVAILABLE", `docker buildx create: ${lastLine(stderr)}`, {
      hint: "Set up a builder in an earlier step (docker/setup-buildx-action).",
    });
  return { name, kind: "full", origin: "private" };
}

/** @throws ShipError `ENGINE_UNAVAILABLE` when a builder that the user named is not there */
async function inspectBuilder(name: string | undefined, { call, signal }: Session): Promise<Builder> {
  const { exitCode, stdout, stderr } = await call(["buildx", "inspect", ...(name ? [name] : [])], {
    signal,
  });
  if (exitCode !== 0 && name !== undefined)
    throw new ShipError("ENGINE_UNAVAILABLE", `docker buildx inspect ${name}: ${lastLine(stderr)}`);
  const driver = driverOf(stdout);
  // A builder that tells nothing of itself is taken at its word when it builds.
  return { name, kind: driver === "docker" ? "docker" : "full", origin: "given" };
}

/** The driver in the output of `buildx inspect`. */
export function driverOf(inspected: string): string | undefined {
  return /^Driver:\s+(\S+)/m.exec(inspected)?.[1];
}

/** With containerd's image store Docker's own builder can do what the others can (docker docs, containerd image store). */
async function hasContainerdStore({ call, signal }: Session): Promise<boolean> {
  const { exitCode, stdout } = await call(["info", "--format", "{{json .DriverStatus}}"], { signal });
  return exitCode === 0 && stdout.includes("io.containerd.snapshotter");
}

function beyondDocker(plan: BuildPlan): string[] {
  const reasons = {
    "several platforms": plan.platforms.length > 1,
    attestations: plan.manifest === "default" && attests(plan),
    annotations: plan.annotations.length > 0,
    "a cache export": plan.cacheTo.some((line) => !/(?:^|,)type=inline(?:,|$)/.test(line)),
    "a cache import": plan.cacheFrom.some((line) => /(?:^|,)type=(?!registry|inline)/.test(line)),
    "other outputs": plan.outputs.some((line) => !/^(?:type=(?:local|tar|docker)\b|[^=]+$)/.test(line)),
    entitlements: plan.allow.length > 0,
  };
  return Object.entries(reasons).flatMap(([reason, holds]) => (holds ? [reason] : []));
}

/** Removes a private builder with its container and cache; harmless when it is gone already or never was. Never throws. */
export async function removeBuilder(
  name: string | undefined,
  options: ProgramOptions & Pick<EngineOptions, "log">,
): Promise<void> {
  if (name === undefined) return;
  const docker = program("docker", options);
  const clean = async (args: readonly string[]) => {
    const { exitCode } = await docker(args, { signal: cleaningSignal() }).catch(() => ({ exitCode: 1 }));
    return exitCode === 0;
  };
  if (await clean(["buildx", "rm", "--force", name])) return;
  // Where the configuration that knew the builder is gone: buildx names its container and volume so.
  const container = `buildx_buildkit_${name}0`;
  await clean(["rm", "--force", container]);
  if (!(await clean(["volume", "rm", "--force", `${container}_state`])))
    options.log.info(`The builder ${name} may be left over.`);
}
