import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildPlan } from "#ship/images";
import type { EngineOptions } from "../engine/options.ts";

/**
 * Writes a registries.conf that also lets registries of this machine be spoken to without TLS, as Docker does by itself (docker
 * docs, insecure registries), and answers the variable that names it. Nothing where the plan names no such registry.
 */
export async function registrySettings(
  plan: BuildPlan,
  { environment, config }: EngineOptions,
): Promise<Readonly<Record<string, string>>> {
  const hosts = loopbackHosts(plan);
  if (hosts.length === 0) return {};
  const given = [
    environment.variable("CONTAINERS_REGISTRIES_CONF"),
    join(environment.variable("HOME") ?? "/root", ".config/containers/registries.conf"),
    "/etc/containers/registries.conf",
  ].find((path) => path !== undefined && existsSync(path));
  const own = given === undefined ? "" : await readFile(given, "utf8");
  const added = hosts
    .filter((host) => !own.includes(`"${host}"`))
    .map((host) => `\n[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  const file = fileOf(config);
  await writeFile(file, [own, ...added].join("\n"), { mode: 0o600 });
  return { CONTAINERS_REGISTRIES_CONF: file };
}

const loopback = /^((?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?)\//;

/** Whether a reference lies in a registry of this machine. */
export function isLoopback(reference: string): boolean {
  return loopback.test(reference);
}

/** Removes the file again; harmless when there is none. */
export async function removeRegistrySettings({ config }: EngineOptions): Promise<void> {
  await rm(fileOf(config), { force: true });
}

function fileOf(config: EngineOptions["config"]): string {
  return join(config.directory, "registries.conf");
}

function loopbackHosts({ references, cacheFrom, cacheTo }: BuildPlan): string[] {
  const names = [...references, ...[...cacheFrom, ...cacheTo].map((line) => line.replace(/^.*\bref=/, ""))];
  const hosts = names.map((name) => loopback.exec(name)?.[1]);
  return [...new Set(hosts.filter((host) => host !== undefined))];
}
