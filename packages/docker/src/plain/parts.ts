import type { BuiltPart, Publication, PushedPart } from "#ship/images";
import { ShipError } from "#ship/kit";
import type { Session } from "../engine/program.ts";
import { pushReference } from "./push.ts";

const longestTag = 128;

/**
 * Pushes the image of each platform into each repository under a staging tag. The wanted tags stay as they are: a tag must
 * never name the image of a single platform while others are still to come.
 */
export async function publishParts(
  references: readonly string[],
  parts: readonly BuiltPart[],
  attempts: number,
  session: Session,
): Promise<Publication> {
  const firstTags = new Map<string, string>();
  for (const reference of references) {
    const split = reference.lastIndexOf(":");
    const repository = reference.slice(0, split);
    if (!firstTags.has(repository)) firstTags.set(repository, reference.slice(split + 1));
  }
  const pushed: PushedPart[] = [];
  for (const [repository, tag] of firstTags) {
    for (const { platform, id } of parts) {
      const staging = stagingTag(tag, platform);
      const reference = `${repository}:${staging}`;
      const { exitCode, stderr } = await session.call(["tag", id, reference], session);
      if (exitCode !== 0) throw new ShipError("PUSH_FAILED", `docker tag ${reference}: ${stderr.trim()}`);
      const digest = await pushReference(reference, attempts, session);
      if (digest === undefined)
        throw new ShipError(
          "PUSH_FAILED",
          `${reference} was pushed, but docker does not say as which digest.`,
        );
      pushed.push({ repository, platform, digest, stagingTag: staging });
    }
  }
  return { kind: "parts", parts: pushed };
}

/** `1.2.3-linux-arm64-v8`: a valid tag beside the wanted one. */
export function stagingTag(tag: string, platform: string): string {
  const suffix = `-${platform.replaceAll(/[^A-Za-z0-9_.-]+/g, "-")}`;
  return `${tag.slice(0, longestTag - suffix.length)}${suffix}`;
}
