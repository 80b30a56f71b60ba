import { createHash } from "node:crypto";

const digestPattern = /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** True for a digest of an algorithm every registry must support. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** The digest of some bytes, in the algorithm of `like` when given, else SHA-256. */
export function digestOf(bytes: Uint8Array, like = "sha256:"): string {
  const algorithm = algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** `sha256` or `sha512`. */
export function algorithmOf(digest: string): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}
