import { createHash } from "node:crypto";

/** What a build's cache is for: other values, another cache. As the user wrote them, so that every machine agrees. */
export interface CacheIdentity {
  /** Name of the first image; empty where none is named. */
  readonly image: string;
  readonly platforms: readonly string[];
  readonly target: string | undefined;
  readonly file: string | undefined;
  readonly context: string;
}

const longestReadable = 80;

/**
 * A name for a build's cache: readable, and distinct by a hash. It consists of a-z 0-9 and single dashes and has at most 91
 * characters, so that it can be part of a tag, of a scope of the Actions cache, and of a folder's name.
 */
export function cacheScope({ image, platforms, target, file, context }: CacheIdentity): string {
  const sorted = [...new Set(platforms)].sort();
  const hash = createHash("sha256")
    .update(JSON.stringify([image, sorted, target ?? "", file ?? "", context]))
    .digest("hex")
    .slice(0, 10);
  const words = [image.split("/").at(-1) ?? "", ...sorted, target ?? ""].join("-").toLowerCase();
  const readable = words
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longestReadable)
    .replaceAll(/^-|-$/g, "");
  return readable === "" ? hash : `${readable}-${hash}`;
}
