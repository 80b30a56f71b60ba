import { parseArgs } from "node:util";

/** The flags of one command of the docker command line. */
export interface FlagTable {
  /** Flags without a value. */
  readonly switches: readonly string[];
  /** Flags with a value, which may stand several times. */
  readonly values: readonly string[];
  /** One-letter names. */
  readonly short?: Readonly<Record<string, string>>;
}

/** What a command line says. */
export interface Words {
  readonly positionals: readonly string[];
  has(flag: string): boolean;
  one(flag: string): string | undefined;
  all(flag: string): readonly string[];
}

/** A command line that docker itself would refuse. */
export class UsageError extends Error {}

/** Reads arguments as docker's own parser does: an unknown flag is refused before anything is done. */
export function readFlags(command: string, table: FlagTable, args: readonly string[]): Words {
  const long = table.short ?? {};
  const option = (type: "boolean" | "string") => (name: string) => {
    const short = Object.entries(long).find(([, full]) => full === name)?.[0];
    return [name, { type, multiple: true, ...(short && { short }) }] as const;
  };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries([
        ...table.switches.map(option("boolean")),
        ...table.values.map(option("string")),
      ]),
    });
    const found = values as Readonly<Record<string, readonly (string | boolean)[] | undefined>>;
    return {
      positionals,
      has: (flag) => found[flag] !== undefined,
      one: (flag) => found[flag]?.map(String).at(-1),
      all: (flag) => found[flag]?.map(String) ?? [],
    };
  } catch (error) {
    const flag = /'(-[^' =]*)/.exec(error instanceof Error ? error.message : "")?.[1] ?? "";
    const missing = error instanceof Error && error.message.includes("argument missing");
    throw new UsageError(
      `${missing ? `flag needs an argument: ${flag}` : `unknown flag: ${flag}`}\n\nUsage:  ${command} [OPTIONS]\n\nRun '${command} --help' for more information`,
    );
  }
}

/** Flags that `docker build` and `docker buildx build` share (docker/cli 28, docker/buildx 0.24). */
export const buildFlags: FlagTable = {
  switches: ["no-cache", "pull", "quiet", "force-rm", "rm", "compress", "squash"],
  values: [
    ...[
      "add-host",
      "build-arg",
      "cache-from",
      "cgroup-parent",
      "file",
      "iidfile",
      "isolation",
      "label",
      "memory",
    ],
    ...[
      "network",
      "output",
      "platform",
      "progress",
      "secret",
      "security-opt",
      "shm-size",
      "ssh",
      "tag",
      "target",
    ],
    "ulimit",
  ],
  short: { f: "file", t: "tag", o: "output", q: "quiet" },
};

/** What only Buildx knows. */
export const buildxBuildFlags: FlagTable = {
  switches: [...buildFlags.switches, "load", "push", "check", "debug"],
  values: [
    ...buildFlags.values,
    ...["allow", "annotation", "attest", "build-context", "builder", "cache-to", "call", "metadata-file"],
    ...["no-cache-filter", "provenance", "sbom"],
  ],
  short: { ...buildFlags.short },
};
