import { ShipError } from "#ship/kit";

/** What an image runs on (OCI image specification, image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly "os.version"?: string | undefined;
}

/** Writes `os/architecture[/variant]`, without the variant that the architecture stands for anyway. */
export function platformText({ os, architecture, variant }: Platform): string {
  const usual = usualVariants[architecture];
  return [os, architecture, ...(variant && variant !== usual ? [variant] : [])].join("/");
}

/**
 * Reads `os/architecture[/variant]`.
 * @throws ShipError `INPUT_INVALID` with the value and the form
 */
export function parsePlatform(text: string): Platform {
  const [os, name, given, ...more] = text.trim().toLowerCase().split("/");
  if (!os || !name || given === "" || more.length > 0) {
    throw new ShipError("INPUT_INVALID", `"${text}" is no platform; accepted: os/architecture[/variant].`, {
      hint: "Write it as linux/amd64 or linux/arm/v7.",
    });
  }
  const [architecture, implied] = otherNames[name] ?? [name, undefined];
  const variant = given ?? implied ?? (architecture === "arm" ? "v7" : undefined);
  return variant === undefined || variant === usualVariants[architecture]
    ? { os, architecture }
    : { os, architecture, variant };
}

/** Source: containerd/platforms, normalizeArch. */
const usualVariants: Readonly<Record<string, string>> = { amd64: "v1", arm64: "v8" };
const otherNames: Readonly<Record<string, readonly [string, string?]>> = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  aarch64: ["arm64"],
  i386: ["386"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"],
};
